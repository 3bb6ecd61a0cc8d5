import { type KubernetesTable, printTable } from '../../cli/kubernetes-read.js';
import { tableType } from '../../cli/rest-client.js';
import { type DemoContext, notOlderThan } from '../demo.context.js';

const path = '/api/v1/namespaces/default/pods';

/** The same question now and then: any read can be asked as of a past instant or position. */
export async function thePast(demo: DemoContext): Promise<void> {
  const { show, rest, marks, witness } = demo;
  const then = marks.whileRunning!;
  show.heading('Time travel: the pods now, and as they were when web had just started');
  const now = printTable(await rest.get<KubernetesTable>(path, notOlderThan(witness.position), tableType));
  show.say('   now:');
  show.indent(now);
  const past = printTable(await rest.get<KubernetesTable>(path, { at: String(then.position) }, tableType));
  show.say(`   ?at=${then.position} (${then.recordedAt}):`);
  show.indent(past);
  if (/^web /m.test(now) || !/^web /m.test(past)) throw new Error('the past was not told as it was');
}
