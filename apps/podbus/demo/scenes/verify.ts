import { setTimeout as pause } from 'node:timers/promises';
import type { Replay } from '#apps/api/podbus/replay.js';
import { outcome } from '../../commands/replay.command.js';
import type { DemoContext } from '../demo.context.js';

/** The whole log folded anew: the same state, row for row. */
export async function verify({ show, rest, signal }: DemoContext): Promise<void> {
  show.heading('Replay: all state folded anew from the log and compared, row for row');
  let replay = await rest.post<Replay>('/podbus/v1/replays', { target: 'verify' });
  while (replay.state === 'running') {
    await pause(50, undefined, { signal });
    replay = await rest.get<Replay>(`/podbus/v1/replays/${replay.id}`);
  }
  for (const line of outcome(replay)) show.indent(line);
  if (replay.state !== 'succeeded' || !replay.result?.same) throw new Error('the replay differs');
}
