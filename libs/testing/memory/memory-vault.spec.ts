import { vaultContract } from '../contracts/vault.contract.js';
import { MemoryVault } from './memory-vault.js';

vaultContract('memory', async () => {
  const vault = new MemoryVault();
  return { open: () => vault, close: async () => undefined };
});
