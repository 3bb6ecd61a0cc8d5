import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { run } from '#host/embedded/host-command.js';
import { first, type OneProcess, oneProcess, type ShownPod, waitingFor } from './one-process.js';
import { podOf } from './stack.js';

const stack = oneProcess();
const isOver = ({ status }: ShownPod) => /Failed|Succeeded/.test(status.phase);

/** A test of its own pods, beside the others. */
const together = (title: string, test: (podbus: OneProcess) => Promise<void>) =>
  it.concurrent(title, async () => test(await stack()), 90_000);

describe('restartPolicy', () => {
  it.concurrent.each([
    ['Never', '0', 'Succeeded', 'Completed'],
    ['Never', '3', 'Failed', 'Error'],
    ['OnFailure', '0', 'Succeeded', 'Completed'],
  ])(
    'SYS-01 %s and exit code %s: the pod is %s, and lets go of its sandbox',
    async (restartPolicy, code, phase, reason) => {
      const podbus = await stack();
      const name = `${restartPolicy.toLowerCase()}-${code}`;
      const { metadata } = await podbus.create(
        podOf(name, podbus.image, { command: ['exit', code] }, { restartPolicy }),
      );
      const pod = await podbus.until(name, isOver);
      expect(pod.status.phase).toBe(phase);
      expect(first(pod)).toMatchObject({
        restartCount: 0,
        state: { terminated: { exitCode: Number(code), reason } },
      });
      await podbus.untilRecorded(name, 'PodSandboxStopped');
      const sandboxes = await podbus.containerd.runtime.listSandboxes({ podUid: metadata.uid });
      expect(sandboxes.map(({ ready }) => ready)).toEqual([false]);
      await podbus.delete(name);
      await podbus.untilGone(name);
    },
    90_000,
  );

  it.concurrent.each([
    ['Always', '0', 'Completed'],
    ['Always', '7', 'Error'],
    ['OnFailure', '1', 'Error'],
  ])(
    'SYS-01 %s and exit code %s: restarted, first at once, then after a back-off',
    async (restartPolicy, code, reason) => {
      const podbus = await stack();
      const name = `${restartPolicy.toLowerCase()}-${code}`;
      const { metadata } = await podbus.create(
        podOf(name, podbus.image, { command: ['exit', code] }, { restartPolicy }),
      );
      const looping = await podbus.until(
        name,
        (pod) => waitingFor(pod) === 'CrashLoopBackOff' && first(pod)?.restartCount === 3,
      );
      expect(looping.status.phase).toBe('Running');
      expect(first(looping)?.lastState.terminated).toMatchObject({ exitCode: Number(code), reason });
      expect(first(looping)?.state.waiting?.message).toBe(
        `back-off 1s restarting failed container=c pod=${name}_default(${metadata.uid})`,
      );
      expect(await podbus.said(name)).toEqual([
        `Normal Scheduled default-scheduler: Successfully assigned default/${name} to node-1`,
        `Normal Pulled kubelet: Container image "${podbus.image}" already present on machine`,
        'Normal Created kubelet: Created container: c',
        'Normal Started kubelet: Started container c',
        `Warning BackOff kubelet: Back-off restarting failed container c in pod ${name}_default(${metadata.uid})`,
      ]);
      const started = await podbus.recorded(name, 'ContainerStarted');
      const exited = await podbus.recorded(name, 'ContainerExited');
      const waitsMs = [2, 3].map(
        (n) => Date.parse(started[n]!.data.startedAt) - Date.parse(exited[n - 1]!.data.finishedAt),
      );
      expect(Math.min(...waitsMs)).toBeGreaterThanOrEqual(990);
      const [backedOff] = await podbus.recorded(name, 'ContainerBackedOff');
      expect(backedOff?.data).toMatchObject({ instance: 2, delaySeconds: 1 });
      await podbus.delete(name);
      await podbus.untilGone(name);
    },
    90_000,
  );

  together(
    'SYS-01 one container of a Never pod fails, the other runs: the pod is Running',
    async (podbus) => {
      const manifest = podOf('half', podbus.image, { command: ['exit', '1'] }, { restartPolicy: 'Never' });
      const other = { name: 'other', image: podbus.image, command: ['serve'], imagePullPolicy: 'Never' };
      manifest.spec.containers.push(other as never);
      await podbus.create(manifest);
      const pod = await podbus.until(
        'half',
        (p) => first(p)?.state.terminated && p.status.containerStatuses?.[1]?.ready,
      );
      expect(pod.status.phase).toBe('Running');
      await podbus.exec('half', ['kill', '1'], 'other');
      expect((await podbus.until('half', isOver)).status.phase).toBe('Failed');
    },
  );
});

describe('how a container ends', () => {
  together('SYS-01 a command that does not exist: StartError, in Kubernetes’s words', async (podbus) => {
    const { metadata } = await podbus.create(podOf('badcmd', podbus.image, { command: ['nosuchbinary'] }));
    const looping = await podbus.until('badcmd', (pod) => waitingFor(pod) === 'CrashLoopBackOff');
    const message =
      'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "nosuchbinary": executable file not found in $PATH: unknown';
    expect(looping.status.phase).toBe('Running');
    expect(first(looping)?.lastState.terminated).toMatchObject({
      exitCode: 128,
      reason: 'StartError',
      message,
      startedAt: '1970-01-01T00:00:00Z',
    });
    expect(await podbus.said('badcmd')).toEqual([
      'Normal Scheduled default-scheduler: Successfully assigned default/badcmd to node-1',
      `Normal Pulled kubelet: Container image "${podbus.image}" already present on machine`,
      'Normal Created kubelet: Created container: c',
      `Warning Failed kubelet: Error: ${message}`,
      `Warning BackOff kubelet: Back-off restarting failed container c in pod badcmd_default(${metadata.uid})`,
    ]);
  });

  together('SYS-01 more memory than its limit: OOMKilled', async (podbus) => {
    const resources = { limits: { memory: '32Mi' } };
    const manifest = podOf('oom', podbus.image, { command: ['oom'], resources }, { restartPolicy: 'Never' });
    await podbus.create(manifest);
    const pod = await podbus.until('oom', isOver);
    expect(pod.status.phase).toBe('Failed');
    expect(first(pod)?.state.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  });

  together('SYS-01 killed from outside: it is noticed, told and started again', async (podbus) => {
    await podbus.create(podOf('shot', podbus.image, { command: ['serve'] }));
    await podbus.ready('shot');
    const shot = await podbus.containerId('shot');
    await shoot(podbus, shot);
    const pod = await podbus.until('shot', (p) => first(p)?.restartCount === 1 && first(p)?.ready, 5_000);
    expect(first(pod)?.lastState.terminated).toMatchObject({ exitCode: 137, reason: 'Error' });
    expect(await podbus.containerId('shot')).not.toBe(shot);
  });

  together('SYS-01 a sandbox killed from outside is made anew, with what ran in it', async (podbus) => {
    const { metadata } = await podbus.create(podOf('lost', podbus.image, { command: ['serve'] }));
    await podbus.ready('lost');
    const [made] = await podbus.recorded('lost', 'PodSandboxCreated');
    await shoot(podbus, made!.data.sandboxId);
    const pod = await podbus.until('lost', (p) => first(p)?.restartCount === 1 && first(p)?.ready);
    const [, again] = await podbus.recorded('lost', 'PodSandboxCreated');
    expect(again?.data).toMatchObject({ attempt: 1, ip: pod.status.podIP });
    const living = (await podbus.containerd.runtime.listSandboxes({ podUid: metadata.uid })).filter(
      ({ ready }) => ready,
    );
    expect(living.map(({ id, attempt }) => [id, attempt])).toEqual([[again?.data.sandboxId, 1]]);
    expect((await podbus.said('lost')).slice(4)).toEqual([
      'Normal SandboxChanged kubelet: Pod sandbox changed, it will be killed and re-created.',
      'Normal Killing kubelet: Stopping container c',
    ]);
  });
});

describe('what is kept of a container', () => {
  together('SYS-01 its output, in a log file of the CRI’s layout and format', async (podbus) => {
    const script =
      'echo out; echo err >&2; printf unended; sleep 0.2; echo; head -c 20000 /dev/zero | tr "\\0" x; echo';
    await podbus.create(
      podOf('prints', podbus.image, { command: ['sh', '-c', script] }, { restartPolicy: 'Never' }),
    );
    const { metadata } = await podbus.until('prints', isOver);
    const { path, lines } = await podbus.holdLog('prints');
    expect(path).toMatch(new RegExp(`/pods/default_prints_${metadata.uid}/c/0.log$`));
    const all = lines();
    const of = (stream: string) => all.filter((line) => line.stream === stream).map(({ text }) => text);
    expect(of('stderr')).toEqual(['err']);
    expect(of('stdout').slice(0, 2)).toEqual(['out', 'unended']);
    // A long line comes in parts.
    expect(of('stdout').slice(2).join('')).toBe('x'.repeat(20_000));
    await podbus.delete('prints');
    await podbus.untilGone('prints');
    expect(existsSync(dirname(dirname(path)))).toBe(false);
  });

  together(
    'SYS-01 the newest instance and the one before it, with their logs, and no more',
    async (podbus) => {
      const command = ['sh', '-c', 'echo once more; exit 7'];
      const { metadata } = await podbus.create(podOf('kept', podbus.image, { command }));
      await podbus.until(
        'kept',
        (pod) => waitingFor(pod) === 'CrashLoopBackOff' && first(pod)?.restartCount === 3,
      );
      const { path } = await podbus.holdLog('kept', { instance: 3 });
      const containers = await podbus.containerd.runtime.listContainers({ podUid: metadata.uid });
      expect(containers.map(({ attempt }) => attempt).sort()).toEqual([2, 3]);
      expect(readdirSync(dirname(path)).sort()).toEqual(['2.log', '3.log']);
    },
  );
});

/** As somebody else on the machine would, past podbus and past the CRI. */
async function shoot({ containerd }: OneProcess, id: string): Promise<void> {
  const { socket } = containerd.containerd.layout;
  await run('ctr', [
    '--address',
    socket,
    '--namespace',
    'k8s.io',
    'tasks',
    'kill',
    '--signal',
    'SIGKILL',
    id,
  ]);
}
