import { leadershipContract } from '../contracts/leadership.contract.js';
import { MemoryLeadership } from './memory-leadership.js';

leadershipContract('memory', async () => {
  const leadership = new MemoryLeadership();
  return {
    open: () => leadership,
    depose: async (name) => leadership.depose(name),
    close: async () => undefined,
  };
});
