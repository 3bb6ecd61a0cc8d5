import { describe, expect, it } from '@jest/globals';
import { type NewEvent, type RecordedEvent, streams } from '#contracts/events/event.js';
import type { RecordedPodEvent } from '#contracts/events/pod.events.js';
import { foldPod } from '#domain/pod/pod.evolve.js';
import { NodeBench } from '#testing/node-bench.js';
import { podManifest } from '#testing/pod-scenarios.js';
import { SchedulerReactor } from './scheduler.reactor.js';

/** A cluster's log that others write to while the scheduler works on it. */
class Cluster {
  readonly bench = new NodeBench();
  private readonly controller = new AbortController();

  start(): this {
    const { log, clock, warn } = this.bench;
    void new SchedulerReactor({ log, feed: this.bench.feed(), clock, warn }).run(this.controller.signal);
    return this;
  }

  /** Written past every fault. */
  async write(stream: string, ...events: NewEvent[]): Promise<RecordedEvent[]> {
    const { bench } = this;
    const { failAppend, appends } = bench;
    bench.failAppend = () => undefined;
    const expectedVersion = (await bench.log.readLife(stream)).version;
    const result = await bench.log.append({ stream, expectedVersion, events, metadata: { actor: 'test' } });
    Object.assign(bench, { failAppend, appends });
    if (result.outcome !== 'appended') throw new Error(result.outcome);
    return result.events;
  }

  node(name: string, cpu = '4') {
    const allocatable = { cpu, memory: '8Gi', pods: '110' };
    const data = { uid: name, facts: { labels: {}, allocatable, internalIP: `10.0.0.${name}` }, taints: [] };
    const ready = { type: 'NodeBecameReady', data: { uid: name } };
    return this.write(streams.node(name), { type: 'NodeRegistered', data }, ready);
  }

  pod(name: string, cpu = '1') {
    const uid = `uid-${name}`;
    const manifest = podManifest({ uid, containers: [{ name: 'app', resources: { requests: { cpu } } }] });
    manifest.metadata.name = name;
    return this.write(streams.pod('default', name), { type: 'PodAdmitted', data: { uid, manifest } });
  }

  end(name: string) {
    return this.write(streams.pod('default', name), { type: 'PodDeleted', data: { uid: `uid-${name}` } });
  }

  async state(name: string) {
    const events = await this.bench.log.readStream(streams.pod('default', name));
    return foldPod(events as RecordedPodEvent[]);
  }

  /** Which node each of these pods is bound to, after a while. */
  async nodes(...names: string[]): Promise<(string | undefined)[]> {
    await this.bench.clock.advance(2_000);
    return Promise.all(names.map(async (name) => (await this.state(name))?.node));
  }

  async types(name: string): Promise<string[]> {
    return (await this.bench.log.readStream(streams.pod('default', name))).map(({ type }) => type);
  }
}

describe('the scheduler', () => {
  it('binds a pod to the emptier node, as an answer to its admission', async () => {
    const cluster = new Cluster().start();
    await cluster.node('a', '2');
    await cluster.node('b', '8');
    const [admitted] = await cluster.pod('p');
    expect(await cluster.nodes('p')).toEqual(['b']);
    const [, scheduled] = await cluster.bench.log.readStream('pod/default/p');
    const { id } = admitted!;
    expect(scheduled?.data).toEqual({ uid: 'uid-p', node: 'b', hostIP: '10.0.0.b' });
    expect(scheduled?.metadata).toMatchObject({ actor: 'scheduler', causationId: id, correlationId: id });
  });

  it('binds what was admitted while no scheduler ran, and counts what is bound', async () => {
    const cluster = new Cluster();
    await cluster.node('a', '2');
    for (const name of ['p', 'q', 'r']) await cluster.pod(name);
    await cluster.write('pod/default/p', { type: 'PodScheduled', data: { uid: 'uid-p', node: 'a' } });
    cluster.start();
    expect((await cluster.nodes('p', 'q', 'r')).filter((node) => node === 'a')).toHaveLength(2);
  });

  it('says once why no node can take a pod, and binds it when there is room', async () => {
    const cluster = new Cluster().start();
    await cluster.pod('p');
    expect(await cluster.nodes('p')).toEqual([undefined]);
    expect(await cluster.state('p')).toMatchObject({ unschedulable: 'no nodes available to schedule pods' });
    await cluster.node('a', '500m');
    expect(await cluster.nodes('p')).toEqual([undefined]);
    expect((await cluster.state('p'))?.unschedulable).toContain(
      '0/1 nodes are available: 1 Insufficient cpu.',
    );
    await cluster.node('b');
    expect(await cluster.nodes('p')).toEqual(['b']);
    const types = await cluster.types('p');
    expect(types.at(-1)).toBe('PodScheduled');
    expect(types.filter((type) => type === 'PodScheduled')).toHaveLength(1);
  });

  it('gives the room of a pod that is gone to one that waits', async () => {
    const cluster = new Cluster().start();
    await cluster.node('a', '1');
    await cluster.pod('p');
    await cluster.nodes('p');
    await cluster.pod('q');
    expect(await cluster.nodes('q')).toEqual([undefined]);
    await cluster.end('p');
    expect(await cluster.nodes('q')).toEqual(['a']);
  });

  it('never books more than there is, when many pods come at once', async () => {
    const cluster = new Cluster();
    await cluster.node('a', '3');
    await cluster.node('b', '2');
    const names = Array.from({ length: 9 }, (_, n) => `p${n}`);
    for (const name of names) await cluster.pod(name);
    cluster.start();
    const bound = await cluster.nodes(...names);
    expect(bound.filter((node) => node === 'a')).toHaveLength(3);
    expect(bound.filter((node) => node === 'b')).toHaveLength(2);
  });

  it('SYS-03 a pod that was deleted meanwhile is not bound, and its room is free', async () => {
    const cluster = new Cluster();
    await cluster.node('a', '1');
    await cluster.pod('p');
    // Between the scheduler's look at the log and its append.
    let isFirst = true;
    cluster.bench.failAppend = () => {
      if (!isFirst) return undefined;
      isFirst = false;
      const events = [{ type: 'PodDeleted', data: { uid: 'uid-p' } }];
      const append = { stream: 'pod/default/p', expectedVersion: 1, events, metadata: { actor: 'test' } };
      void cluster.bench.log.append(append);
      return undefined;
    };
    cluster.start();
    await cluster.bench.clock.advance(500);
    await cluster.pod('q');
    expect(await cluster.nodes('q')).toEqual(['a']);
    expect((await cluster.state('p'))?.node).toBeUndefined();
  });
});

describe('SYS-10 a log that fails', () => {
  it.each(['before', 'after'] as const)(
    '%s the commit: bound once, and nothing is booked twice',
    async (when) => {
      const cluster = new Cluster();
      await cluster.node('a', '1');
      await cluster.node('b', '1');
      for (const name of ['p', 'q', 'r']) await cluster.pod(name);
      cluster.bench.appends = 0;
      cluster.bench.failAppend = (n) => (n === 1 ? when : undefined);
      cluster.start();
      const bound = await cluster.nodes('p', 'q', 'r');
      expect(bound.filter(Boolean).sort()).toEqual(['a', 'b']);
      expect((await cluster.types('p')).filter((type) => type === 'PodScheduled').length).toBeLessThanOrEqual(
        1,
      );
    },
  );

  it('after the commit, while another pod wants the same room: the room stays taken', async () => {
    const cluster = new Cluster();
    await cluster.node('a', '1');
    await cluster.pod('p');
    cluster.bench.appends = 0;
    cluster.bench.failAppend = (n) => (n === 1 ? 'after' : undefined);
    cluster.start();
    await cluster.bench.clock.flush();
    await cluster.pod('q');
    expect(await cluster.nodes('p', 'q')).toEqual(['a', undefined]);
  });

  it('for a while: everything is bound when it is back', async () => {
    const cluster = new Cluster();
    await cluster.node('a');
    await cluster.pod('p');
    cluster.bench.failRead = () => 'before';
    cluster.start();
    await cluster.bench.clock.advance(5_000);
    cluster.bench.failRead = () => undefined;
    cluster.bench.failAppend = () => 'before';
    await cluster.bench.clock.advance(5_000);
    cluster.bench.failAppend = () => undefined;
    expect(await cluster.nodes('p')).toEqual(['a']);
  });
});
