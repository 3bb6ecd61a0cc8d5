import { serve } from '../serve.js';
import { startApi } from './api.server.js';

await serve('api', (infrastructure) => startApi(infrastructure));
