import { Command } from 'commander';
import type { PodHistory } from '#apps/api/podbus/history.controller.js';
import { type RecordedEvent, streams } from '#contracts/events/event.js';
import type { ImageProgress } from '#contracts/image-progress.js';
import type { Cli } from '../cli/cli.js';
import { type ServerOptions, serverUrl, withServer } from '../cli/find-podbus.js';
import { RestClient } from '../cli/rest-client.js';
import { PullDisplay } from '../timeline/pull-display.js';
import { Timeline } from '../timeline/timeline.js';
import { withNamespace, withOutput } from './output-option.js';

interface HistoryOptions extends ServerOptions {
  namespace: string;
  uid?: string;
  follow?: boolean;
  output?: 'json';
}

export const historyCommand = (cli: Cli): Command =>
  withServer(withOutput(withNamespace(new Command('history')), 'json'))
    .description(
      "what happened to a pod, and why: its events as a timeline, from the pod's first to its last",
    )
    .argument('<pod>', 'name of the pod; it need not exist any more')
    .option('--uid <uid|all>', 'that incarnation of the name, or all of them (default: the latest)')
    .option(
      '-f, --follow',
      'go on with what happens next, and how a pull gets on, until Ctrl-C or the end of the pod',
    )
    .action((pod: string, options: HistoryOptions) => history(cli, pod.replace(/^pods?\//, ''), options));

async function history(cli: Cli, pod: string, options: HistoryOptions): Promise<void> {
  const rest = new RestClient(serverUrl(cli, options), cli.signal);
  const path = `/podbus/v1/namespaces/${encodeURIComponent(options.namespace)}/pods/${encodeURIComponent(pod)}/history`;
  const past = await rest.get<PodHistory>(path, { uid: options.uid });
  const timeline = new Timeline();
  const json = options.output === 'json';
  const display = new PullDisplay(cli, timeline, json);
  const print = (event: RecordedEvent) => display.line(json ? JSON.stringify(event) : timeline.line(event));
  if (json && !options.follow) return cli.out(JSON.stringify(past, undefined, 2));
  if (!json) for (const line of heading(past, options.uid)) cli.out(line);
  for (const event of past.events) print(event);
  if (!options.follow || hasEnded(past.events.at(-1), options)) return;
  const stopPulls = followPulls(cli, pod, options, display);
  try {
    const after = String(past.events.at(-1)?.position ?? 0);
    const stream = streams.pod(options.namespace, pod);
    for await (const data of rest.follow('/podbus/v1/events', { after, stream })) {
      const event = JSON.parse(data) as RecordedEvent;
      print(event);
      if (hasEnded(event, options)) return;
    }
  } finally {
    stopPulls();
    display.end();
  }
}

/** Shows how the pod's pulls get on, as long as podbus tells; the history goes on without. */
function followPulls(cli: Cli, pod: string, options: HistoryOptions, display: PullDisplay): () => void {
  const over = new AbortController();
  const signal = AbortSignal.any([cli.signal, over.signal]);
  const rest = new RestClient(serverUrl(cli, options), signal);
  const follow = async () => {
    const pulls = rest.follow('/podbus/v1/pulls', { pod: `${options.namespace}/${pod}` });
    for await (const data of pulls) if (!signal.aborted) display.show(JSON.parse(data) as ImageProgress);
  };
  void follow().catch(() => undefined);
  return () => over.abort();
}

/** Whoever follows all incarnations waits for the next one too. */
const hasEnded = (event: RecordedEvent | undefined, options: HistoryOptions): boolean =>
  event?.type === 'PodDeleted' && options.uid !== 'all';

function heading(past: PodHistory, uid: string | undefined): string[] {
  const shown = past.incarnations.filter((one) => !uid || uid === 'all' || one.uid === uid);
  const lives = uid ? shown : shown.slice(-1);
  const earlier = past.incarnations.length - lives.length;
  return [
    `pod ${past.namespace}/${past.name}`,
    ...lives.map((one) => `  uid ${one.uid}, from ${one.from}${one.to ? ` to ${one.to}` : ''}`),
    ...(earlier > 0 && !uid
      ? [`  ${earlier} earlier ${earlier === 1 ? 'one' : 'ones'} of this name: --uid all`]
      : []),
  ];
}
