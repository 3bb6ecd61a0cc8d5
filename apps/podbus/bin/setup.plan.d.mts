export interface Tool {
  name: string;
  package: string;
  when: 'always' | 'demo' | 'tests';
  unlessSet?: string;
  get: string;
}
export type Use = 'run' | 'demo' | 'tests';
export const tools: Tool[];
export function neededTools(use: Use, env: NodeJS.ProcessEnv): Tool[];
export function nodeIsOldEnough(version: string): boolean;
export function needsNodeModules(facts: {
  installedMs: number | undefined;
  lockMs: number;
  lockHash: () => string;
  installedHash: string | undefined;
}): boolean;
export function needsBuild(facts: {
  builtMs: number | undefined;
  newestSourceMs: number;
  hasMain: boolean;
}): boolean;
export function planPackages(
  missing: Tool[],
  machine: { platform: string; distribution: string; root: boolean; hasApt: boolean },
): { action: 'nothing' } | { action: 'apt'; packages: string[] } | { action: 'refuse'; message: string };
