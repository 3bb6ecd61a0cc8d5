import { streams } from '#contracts/events/event.js';
import { type KubernetesTable, printTable } from '../../cli/kubernetes-read.js';
import { tableType } from '../../cli/rest-client.js';
import { type DemoContext, demoImage, drawUntil, notOlderThan } from '../demo.context.js';
import { webPod } from '../demo.manifests.js';

const stream = streams.pod('default', 'web');

/** A plain NATS message becomes a running container, and Kubernetes's API shows it. */
export async function firstPod(demo: DemoContext): Promise<void> {
  const { show, publisher, rest } = demo;
  show.heading('A pod, published to NATS as a plain message');
  await publisher.publish('create', webPod(demoImage(demo)));
  show.heading('What became of it: events of the log, as they happen');
  demo.marks.whileRunning = await drawUntil(demo, stream, 0, 'ContainerStarted', 'HookSucceeded');
  show.heading('As Kubernetes shows it (kubectl get pods, or GET /api/v1/namespaces/default/pods)');
  const table = await rest.get<KubernetesTable>(
    '/api/v1/namespaces/default/pods',
    notOlderThan(demo.marks.whileRunning.position),
    tableType,
  );
  const printed = printTable(table);
  show.indent(printed);
  if (!/web +1\/1 +Running/.test(printed)) throw new Error('the API does not show the pod running');
}
