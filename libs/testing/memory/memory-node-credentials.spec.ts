import { nodeCredentialsContract } from '../contracts/node-credentials.contract.js';
import { MemoryNodeCredentials } from './memory-node-credentials.js';

nodeCredentialsContract('MemoryNodeCredentials', (logins) => new MemoryNodeCredentials(logins));
