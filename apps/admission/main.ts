import { serve } from '../serve.js';
import { startAdmission } from './admission.server.js';

await serve('admission', startAdmission);
