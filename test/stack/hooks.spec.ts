import { describe, expect, it } from '@jest/globals';
import { first, isReady, type OneProcess, oneProcess, waitingFor } from './one-process.js';
import { podOf } from './stack.js';

const stack = oneProcess();
const exec = (...command: string[]) => ({ exec: { command } });
const shell = (script: string) => exec('sh', '-c', script);
/** Into the container's own log, beside what its process prints there. */
const say = (text: string) => `echo ${text} > /proc/1/fd/1`;

interface Story {
  lifecycle?: object;
  command?: string[];
  graceSeconds?: number;
  spec?: object;
}
const podWith = (name: string, image: string, { lifecycle, command, graceSeconds = 30, spec }: Story) =>
  podOf(
    name,
    image,
    { command: command ?? ['serve'], lifecycle },
    {
      terminationGracePeriodSeconds: graceSeconds,
      ...spec,
    },
  );

/** How long after the request the container of a deleted pod had ended, in milliseconds, by the runtime's clock. */
async function endedAfterMs(podbus: OneProcess, name: string): Promise<number> {
  const [requested] = await podbus.recorded(name, 'PodDeletionRequested');
  const [exited] = await podbus.recorded(name, 'ContainerExited');
  return Date.parse(exited!.data.finishedAt) - Date.parse(requested!.recordedAt);
}

const stubborn = ['sh', '-c', "trap '' TERM; echo up; while :; do sleep 1; done"];
const obedient = ['sh', '-c', "trap 'echo TERM; exit 0' TERM; echo up; sleep 3600 & wait $!; wait $!"];

/** A test of its own pods, beside the others. */
const together = (title: string, test: (podbus: OneProcess) => Promise<void>) =>
  it.concurrent(title, async () => test(await stack()), 90_000);

describe('postStart', () => {
  together(
    'HOOK-01 runs right after creation, alongside the ENTRYPOINT, without parameters',
    async (podbus) => {
      const script = 'echo $# > /parameters; tr "\\0" " " < /proc/1/cmdline > /beside';
      await podbus.create(podWith('post', podbus.image, { lifecycle: { postStart: shell(script) } }));
      await podbus.ready('post');
      expect(await podbus.exec('post', ['cat', '/parameters'])).toBe('0');
      expect(await podbus.exec('post', ['cat', '/beside'])).toContain('/bin/serve');
      expect(await typesOf(podbus, 'post')).toEqual([
        'ContainerCreating',
        'ContainerCreated',
        'ContainerStarted',
        'HookRequested',
        'HookSucceeded',
      ]);
    },
  );

  together('HOOK-06 runs in the namespaces and the cgroup of its container', async (podbus) => {
    const namespaces = (process: string) =>
      `hostname; for ns in cgroup ipc mnt net pid uts; do readlink /proc/${process}/ns/$ns; done; cat /proc/${process}/cgroup`;
    const story = { lifecycle: { postStart: shell(`{ ${namespaces('self')}; } > /seen`) } };
    await podbus.create(podWith('inside', podbus.image, story));
    await podbus.ready('inside');
    const seen = await podbus.exec('inside', ['cat', '/seen']);
    expect(seen).toMatch(/^inside\n(?:\w+:\[\d+\]\n){6}/);
    expect(seen).toBe(await podbus.exec('inside', ['sh', '-c', namespaces('1')]));
  });

  together(
    'HOOK-10 while it hangs the container is not running, and a deletion goes through',
    async (podbus) => {
      const second = {
        name: 'second',
        image: podbus.image,
        command: ['serve'],
        imagePullPolicy: 'IfNotPresent',
      };
      const manifest = podWith('hanging', podbus.image, { lifecycle: { postStart: shell('sleep 3600') } });
      manifest.spec.containers.push(second as never);
      await podbus.create(manifest);
      await podbus.untilRecorded('hanging', 'HookRequested');
      // It would have got there by now, as the others in this file do.
      expect(await podbus.exec('hanging', ['sh', '-c', 'tr "\\0" " " < /proc/1/cmdline'])).toContain('serve');
      const pod = (await podbus.pod('hanging'))!;
      expect(waitingFor(pod)).toBe('ContainerCreating');
      expect([pod.status.phase, isReady(pod)]).toEqual(['Pending', false]);
      expect(await podbus.statusColumn('hanging')).toBe('ContainerCreating');
      await podbus.delete('hanging');
      await podbus.untilGone('hanging');
      expect(await endedAfterMs(podbus, 'hanging')).toBeLessThan(4_000);
      const started = await podbus.recorded('hanging', 'ContainerStarted');
      expect(started.map(({ data }) => data.container)).toEqual(['c']);
      const [abandoned] = await podbus.recorded('hanging', 'HookAbandoned');
      expect(abandoned?.data).toMatchObject({ hook: 'postStart', reason: 'PodDeleted' });
    },
  );

  together(
    'HOOK-12 HOOK-15 its failure kills the container, which is restarted with a back-off',
    async (podbus) => {
      const story = { command: stubborn, graceSeconds: 0, lifecycle: { postStart: shell('exit 3') } };
      const { metadata } = await podbus.create(podWith('poststart-fail', podbus.image, story));
      const message = `Exec lifecycle hook ([sh -c exit 3]) for Container "c" in Pod "poststart-fail_default(${metadata.uid})" failed - error: command 'sh -c exit 3' exited with 3`;
      const looping = await podbus.until(
        'poststart-fail',
        (pod) => waitingFor(pod) === 'CrashLoopBackOff' && first(pod)?.restartCount === 1,
      );
      expect(first(looping)?.lastState.terminated).toMatchObject({ exitCode: 137, reason: 'Error' });
      expect(first(looping)?.state.waiting?.message).toBe(
        `back-off 1s restarting failed container=c pod=poststart-fail_default(${metadata.uid})`,
      );
      const said = await podbus.said('poststart-fail');
      expect(said).toEqual([
        'Normal Scheduled default-scheduler: Successfully assigned default/poststart-fail to node-1',
        `Normal Pulled kubelet: Container image "${podbus.image}" already present on machine`,
        'Normal Created kubelet: Created container: c',
        'Normal Started kubelet: Started container c',
        `Warning FailedPostStartHook kubelet: ${message}`,
        'Normal Killing kubelet: FailedPostStartHook',
        `Warning BackOff kubelet: Back-off restarting failed container c in pod poststart-fail_default(${metadata.uid})`,
      ]);
      const [failed] = await podbus.recorded('poststart-fail', 'HookFailed');
      expect(failed?.data).toMatchObject({ hook: 'postStart', exitCode: 3, message });
    },
  );

  together(
    'HOOK-12 a command that is not there fails it; with restartPolicy Never the pod ends',
    async (podbus) => {
      const story = { lifecycle: { postStart: exec('nosuchhook') }, spec: { restartPolicy: 'Never' } };
      await podbus.create(podWith('nohook', podbus.image, story));
      const pod = await podbus.until('nohook', ({ status }) => /Failed|Succeeded/.test(status.phase));
      // The fixture ends with 0 when it is asked to.
      expect([pod.status.phase, first(pod)?.state.terminated?.exitCode]).toEqual(['Succeeded', 0]);
      const [failed] = await podbus.recorded('nohook', 'HookFailed');
      expect(failed?.data.message).toContain('exec: "nosuchhook": executable file not found in $PATH');
    },
  );
});

describe('preStop', () => {
  together('HOOK-02 HOOK-04 runs on deletion, and ends before the stop signal is sent', async (podbus) => {
    const preStop = shell(`${say('hook begins')}; sleep 1; ${say('hook ends')}`);
    await podbus.create(podWith('pre', podbus.image, { command: obedient, lifecycle: { preStop } }));
    await podbus.ready('pre');
    const log = await podbus.holdLog('pre');
    await podbus.delete('pre');
    await podbus.untilGone('pre');
    expect(log.lines().map(({ text }) => text)).toEqual(['up', 'hook begins', 'hook ends', 'TERM']);
    expect(await typesOf(podbus, 'pre')).toEqual(
      expect.arrayContaining(['ContainerKilling', 'HookRequested', 'HookSucceeded', 'ContainerExited']),
    );
    expect(await podbus.said('pre')).toContain('Normal Killing kubelet: Stopping container c');
  });

  together('HOOK-03 is not run for a container that has already ended', async (podbus) => {
    const lifecycle = { preStop: shell('true') };
    const manifest = podWith('over', podbus.image, {
      command: ['exit', '0'],
      lifecycle,
      spec: { restartPolicy: 'Never' },
    });
    const lasting = {
      name: 'lasting',
      image: podbus.image,
      command: ['serve'],
      imagePullPolicy: 'Never',
      lifecycle,
    };
    manifest.spec.containers.push(lasting as never);
    await podbus.create(manifest);
    await podbus.until(
      'over',
      (pod) => first(pod)?.state.terminated && pod.status.containerStatuses?.[1]?.ready,
    );
    await podbus.delete('over');
    await podbus.untilGone('over');
    const asked = await podbus.recorded('over', 'HookRequested');
    expect(asked.map(({ data }) => [data.container, data.hook])).toEqual([['lasting', 'preStop']]);
  });

  together('HOOK-05 the grace period begins before the hook does, and bounds the end', async (podbus) => {
    const story = { command: stubborn, graceSeconds: 4, lifecycle: { preStop: shell('sleep 2') } };
    await podbus.create(podWith('bounded', podbus.image, story));
    await podbus.ready('bounded');
    await podbus.delete('bounded');
    await podbus.untilGone('bounded');
    // 2 s for the hook, the other 2 s for the stop: not one second for it each.
    expect(await endedAfterMs(podbus, 'bounded')).toBeGreaterThanOrEqual(3_900);
    expect(await endedAfterMs(podbus, 'bounded')).toBeLessThan(5_500);
  });

  together('HOOK-05 what the hook leaves of it is never less than two seconds', async (podbus) => {
    const story = { command: stubborn, graceSeconds: 3, lifecycle: { preStop: shell('sleep 2') } };
    await podbus.create(podWith('minimum', podbus.image, story));
    await podbus.ready('minimum');
    await podbus.delete('minimum');
    await podbus.untilGone('minimum');
    expect(await endedAfterMs(podbus, 'minimum')).toBeGreaterThanOrEqual(3_900);
    expect(await endedAfterMs(podbus, 'minimum')).toBeLessThan(5_500);
  });

  together('HOOK-11 while it hangs the pod is Terminating, until the grace period ends', async (podbus) => {
    const preStop = shell(`${say('hook begins')}; sleep 3600`);
    const story = { command: obedient, graceSeconds: 3, lifecycle: { preStop } };
    await podbus.create(podWith('terminating', podbus.image, story));
    await podbus.ready('terminating');
    const log = await podbus.holdLog('terminating');
    await podbus.delete('terminating');
    await podbus.untilRecorded('terminating', 'HookRequested');
    const pod = (await podbus.pod('terminating'))!;
    expect([pod.status.phase, await podbus.statusColumn('terminating')]).toEqual(['Running', 'Terminating']);
    expect(pod.metadata.deletionTimestamp).toBeDefined();
    await podbus.untilGone('terminating');
    const ms = await endedAfterMs(podbus, 'terminating');
    expect(ms).toBeGreaterThanOrEqual(2_900);
    expect(ms).toBeLessThan(4_500);
    expect(log.lines().map(({ text }) => text)).toEqual(['up', 'hook begins', 'TERM']);
    const [abandoned] = await podbus.recorded('terminating', 'HookAbandoned');
    expect(abandoned?.data).toMatchObject({ hook: 'preStop', reason: 'GracePeriodEnded' });
  });

  together(
    'HOOK-12 HOOK-15 its failure is told, and the container is stopped all the same',
    async (podbus) => {
      const story = { command: obedient, lifecycle: { preStop: shell('exit 5') } };
      const { metadata } = await podbus.create(podWith('prestop-fail', podbus.image, story));
      await podbus.ready('prestop-fail');
      await podbus.delete('prestop-fail');
      await podbus.untilGone('prestop-fail');
      expect(await endedAfterMs(podbus, 'prestop-fail')).toBeLessThan(4_000);
      const message = `Exec lifecycle hook ([sh -c exit 5]) for Container "c" in Pod "prestop-fail_default(${metadata.uid})" failed - error: command 'sh -c exit 5' exited with 5`;
      expect((await podbus.said('prestop-fail')).slice(-2)).toEqual([
        'Normal Killing kubelet: Stopping container c',
        `Warning FailedPreStopHook kubelet: ${message}`,
      ]);
      const [exited] = await podbus.recorded('prestop-fail', 'ContainerExited');
      expect(exited?.data).toMatchObject({ exitCode: 0, reason: 'Completed' });
    },
  );
});

/** What the log says of the container's life, without what comes before it is made. */
async function typesOf(podbus: OneProcess, name: string): Promise<string[]> {
  const types = (await podbus.history(name)).map(({ type }) => type as string);
  return types.slice(types.indexOf('ContainerCreating'));
}
