import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { streams } from '#contracts/events/event.js';
import type { RecordedPodEvent } from '#contracts/events/pod.events.js';
import { type ClockPort, pause } from '#contracts/ports/clock.port.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import { foldPod } from '#domain/pod/pod.evolve.js';
import type { PodState } from '#domain/pod/pod.state.js';
import type { ResponseStream } from '../http/response-stream.js';
import { notFound, refusal, StatusError } from '../http/status-error.js';
import { linesFrom, tailStart } from './log-lines.js';
import type { LogQuery } from './log-query.js';
import { LogText } from './log-text.js';
import { hasEnded, type LoggedInstance, loggedInstance } from './logged-instance.js';

export interface PodLogsOptions {
  log: Pick<EventLogPort, 'readLife'>;
  clock: ClockPort;
  /** The node whose logs are on this machine. */
  node: string;
  /** `<root>/<namespace>_<name>_<uid>/<container>/<instance>.log` */
  root: string;
}

/** A log that was found, opened. */
export interface OpenLog {
  file: FileHandle;
  namespace: string;
  name: string;
  what: LoggedInstance;
}

const pollMs = 250;
/** How often, in polls that bring nothing, the event log is asked whether the container has ended. */
const lookEvery = 4;

/** The logs of the containers that run, or ran, on this machine. */
export class PodLogs {
  constructor(private readonly options: PodLogsOptions) {}

  /** Finds and opens; throws StatusError, in Kubernetes's words where it has some. The caller closes the file. */
  async open(namespace: string, name: string, query: LogQuery): Promise<OpenLog> {
    const pod = await this.pod(namespace, name);
    if (!pod) throw notFound('pods', name);
    if (pod.node === undefined) throw refusal('BadRequest', `pod ${name} does not have a host assigned`);
    if (pod.node !== this.options.node) throw elsewhere(pod.node, this.options.node);
    const what = loggedInstance(pod, query);
    const path = join(
      this.options.root,
      `${namespace}_${name}_${what.uid}`,
      what.container,
      `${what.instance}.log`,
    );
    const file = await open(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      throw refusal(
        'NotFound',
        `the log of container ${what.container}, instance ${what.instance}, is not on node ${pod.node}`,
      );
    });
    return { file, namespace, name, what };
  }

  /** Writes what was asked for; resolves at its end, when the client is gone, or when the service ends. */
  async write(
    { file, namespace, name, what }: OpenLog,
    query: LogQuery,
    stream: ResponseStream,
  ): Promise<void> {
    const { clock } = this.options;
    const text = new LogText(query);
    const start = query.tailLines === undefined ? 0 : await tailStart(file, query.tailLines);
    let idle = 0;
    const more = async (): Promise<boolean> => {
      if (!query.follow || stream.signal.aborted) return false;
      if (idle++ % lookEvery === 0 && (await this.isOver(namespace, name, what))) return false;
      await pause(clock, pollMs, stream.signal);
      return true;
    };
    for await (const lines of linesFrom(file, start, more)) {
      idle = 1;
      const shown = lines.map((line) => text.of(line));
      await stream.write(Buffer.concat(shown));
      if (text.isFull || stream.signal.aborted) return;
    }
  }

  /** While the event log is away nobody knows: then it goes on. */
  private async isOver(namespace: string, name: string, what: LoggedInstance): Promise<boolean> {
    return this.pod(namespace, name).then(
      (pod) => hasEnded(pod, what),
      () => false,
    );
  }

  /** Undefined when there is none, or none any more. */
  private async pod(namespace: string, name: string): Promise<PodState | undefined> {
    const { events } = await this.options.log.readLife(streams.pod(namespace, name));
    const pod = foldPod(events as RecordedPodEvent[]);
    return pod?.deletedAt === undefined ? pod : undefined;
  }
}

const elsewhere = (node: string, here: string): StatusError =>
  new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `the logs of this pod are on node ${node}; this is node ${here}: ask the api there`,
    code: 501,
  });
