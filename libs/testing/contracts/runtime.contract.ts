import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ContainerConfig,
  RuntimeError,
  type RuntimePort,
  runtimeLabels,
  type SandboxConfig,
} from '#contracts/ports/runtime.port.js';
import { containerConfig, sandboxConfig } from './runtime.configs.js';

export interface RuntimeUnderTest {
  runtime: RuntimePort;
  /** On the node; understands the vocabulary of `container-behaviour.ts`. */
  image: string;
  /** An image that no registry has. Absent: not tried. */
  absentImage?: string;
  /** An image that its registry gives to this user alone; not on the node. Absent: not tried. */
  privateImage?: { image: string; auth: { username: string; password: string } };
  /** Waits until the condition holds, however this runtime's time goes by; rejects after a while. */
  until(condition: () => Promise<boolean>): Promise<void>;
  /** Runs a call during which time must go by. */
  during<T>(call: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** What every RuntimePort promises, the real one, the fake one and the one in memory. */
export function runtimeContract(title: string, open: () => Promise<RuntimeUnderTest>): void {
  describe(title, () => {
    let twin: RuntimeUnderTest;
    let imageId: string;
    let pods = 0;
    const uid = () => `contract-${process.pid}-${++pods}`;

    beforeAll(async () => {
      twin = await open();
      imageId = (await twin.runtime.imageStatus(twin.image))?.id ?? '';
    }, 60_000);
    afterAll(async () => {
      for (const { id } of (await twin?.runtime.listSandboxes()) ?? []) await twin.runtime.removeSandbox(id);
      await twin?.close();
    }, 60_000);

    const runPod = async (podUid = uid()) => {
      const config = sandboxConfig(podUid);
      return { config, sandboxId: await twin.during(twin.runtime.runSandbox(config, '')) };
    };
    const create = (
      pod: { config: SandboxConfig; sandboxId: string },
      command: string[],
      more: Partial<ContainerConfig> = {},
    ) =>
      twin.during(
        twin.runtime.createContainer(
          pod.sandboxId,
          { ...containerConfig(imageId, command), image: twin.image, ...more },
          pod.config,
        ),
      );
    const runContainer = async (...command: string[]) => {
      const pod = await runPod();
      const containerId = await create(pod, command);
      await twin.during(twin.runtime.startContainer(containerId));
      return { ...pod, containerId };
    };
    const stateOf = async (id: string) => (await twin.runtime.containerStatus(id)).state;
    const untilExited = (id: string) => twin.until(async () => (await stateOf(id)) === 'exited');
    const rejection = async (call: Promise<unknown>): Promise<RuntimeError> => {
      const error = await twin.during(call).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error instanceof RuntimeError) return error;
      throw new Error(`a RuntimeError was expected, not ${String(error)}`);
    };

    it('says who it is, that it is ready, and which handlers it has', async () => {
      expect((await twin.runtime.version()).runtimeName).not.toBe('');
      const status = await twin.runtime.status();
      expect(status).toMatchObject({ ready: true, message: '' });
      expect(status.handlers).toEqual(expect.arrayContaining(['', 'runc']));
    });

    describe('images', () => {
      it('knows an image by name and by id', async () => {
        const byName = await twin.runtime.imageStatus(twin.image);
        expect(byName).toMatchObject({ id: expect.stringMatching(/^sha256:/) });
        expect(byName?.digestRef).toMatch(/@sha256:[0-9a-f]{64}$/);
        expect(byName?.sizeBytes).toBeGreaterThan(0);
        expect((await twin.runtime.imageStatus(imageId))?.repoTags).toContain(twin.image);
        expect((await twin.runtime.listImages()).map(({ id }) => id)).toContain(imageId);
      });

      it('knows nothing of an image that is not there, and removes it gladly', async () => {
        expect(await twin.runtime.imageStatus('docker.io/library/nowhere:1')).toBeUndefined();
        await twin.runtime.removeImage('docker.io/library/nowhere:1');
      });

      it('tells why an image cannot be pulled', async () => {
        if (twin.absentImage === undefined) return;
        const error = await rejection(twin.runtime.pullImage(twin.absentImage, {}));
        expect(error.code).toBe('NotFound');
        expect(error.message).toMatch(/^rpc error: code = NotFound desc = failed to pull and unpack image /);
      });

      it('IMG-23 pulls a private image with the right password, not with a wrong one nor without', async () => {
        if (twin.privateImage === undefined) return;
        const { image, auth } = twin.privateImage;
        const wrong = { ...auth, password: 'a-wrong-one' };
        for (const options of [{}, { auth: wrong }]) {
          const error = await rejection(twin.runtime.pullImage(image, options));
          expect(error.code).toBe('Failed');
          expect(error.message).toMatch(
            /^rpc error: code = Unknown desc = failed to pull and unpack image .*401/s,
          );
          expect(error.message).not.toContain(wrong.password);
          expect(await twin.runtime.imageStatus(image)).toBeUndefined();
        }
        const pulled = await twin.during(twin.runtime.pullImage(image, { auth }));
        expect(pulled.repoTags).toContain(image);
        expect(await twin.runtime.imageStatus(image)).toMatchObject({ id: pulled.id });
      });

      it('gives a pull up when told to', async () => {
        const signal = AbortSignal.abort();
        expect((await rejection(twin.runtime.pullImage(twin.image, { signal }))).code).toBe('Cancelled');
      });
    });

    describe('sandboxes', () => {
      it('runs one, with an address and our labels', async () => {
        const { config, sandboxId } = await runPod();
        expect(await twin.runtime.sandboxStatus(sandboxId)).toMatchObject({
          id: sandboxId,
          podName: config.podName,
          podNamespace: config.podNamespace,
          podUid: config.podUid,
          attempt: 0,
          ready: true,
          createdAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
          labels: { [runtimeLabels.podUid]: config.podUid, app: 'contract' },
          ips: [expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/)],
        });
      });

      it('refuses the second of one name, and gives the name free when it is removed', async () => {
        const { config, sandboxId } = await runPod();
        const error = await rejection(twin.runtime.runSandbox(config, ''));
        expect(error.code).toBe('AlreadyExists');
        expect(error.message).toContain(sandboxId);
        await twin.during(twin.runtime.removeSandbox(sandboxId));
        await twin.during(twin.runtime.runSandbox(config, ''));
      });

      it('lists those of a pod', async () => {
        const { config, sandboxId } = await runPod();
        await runPod();
        const ofPod = await twin.runtime.listSandboxes({ podUid: config.podUid });
        expect(ofPod.map(({ id }) => id)).toEqual([sandboxId]);
        expect(ofPod[0]?.labels).toMatchObject({ [runtimeLabels.podUid]: config.podUid });
        expect((await twin.runtime.listSandboxes()).length).toBeGreaterThan(1);
        expect(await twin.runtime.listSandboxes({ podUid: 'nobody' })).toEqual([]);
      });

      it('RTC-03 refuses a handler that it does not have', async () => {
        const error = await rejection(twin.runtime.runSandbox(sandboxConfig(uid()), 'no-such-handler'));
        expect(error.code).toBe('Failed');
        expect(error.message).toMatch(/no runtime for "no-such-handler" is configured/);
      });

      it('stops and removes one once, twice, and when it never was', async () => {
        const { sandboxId, containerId } = await runContainer('sleep', '3600');
        for (const id of [sandboxId, sandboxId, 'f'.repeat(64)])
          await twin.during(twin.runtime.stopSandbox(id));
        expect(await twin.runtime.sandboxStatus(sandboxId)).toMatchObject({ ready: false });
        await untilExited(containerId);
        for (const id of [sandboxId, sandboxId, 'f'.repeat(64)])
          await twin.during(twin.runtime.removeSandbox(id));
        expect((await rejection(twin.runtime.sandboxStatus(sandboxId))).code).toBe('NotFound');
        expect((await rejection(twin.runtime.containerStatus(containerId))).code).toBe('NotFound');
      });
    });

    describe('containers', () => {
      it('creates, then starts', async () => {
        const pod = await runPod();
        const id = await create(pod, ['sleep', '3600']);
        const created = { id, sandboxId: pod.sandboxId, podUid: pod.config.podUid, name: 'main', attempt: 0 };
        expect(await twin.runtime.containerStatus(id)).toMatchObject({ ...created, state: 'created' });
        await twin.during(twin.runtime.startContainer(id));
        const running = await twin.runtime.containerStatus(id);
        expect(running).toMatchObject({ ...created, state: 'running', finishedAt: '' });
        expect(running.startedAt).toMatch(/^\d{4}-.*\.\d{3}Z$/);
        expect((await rejection(twin.runtime.startContainer(id))).code).toBe('Failed');
      });

      it('refuses the second of one name and attempt', async () => {
        const pod = await runPod();
        await create(pod, ['sleep', '3600']);
        expect((await rejection(create(pod, ['sleep', '3600']))).code).toBe('AlreadyExists');
        await create(pod, ['sleep', '3600'], { attempt: 1 });
        const listed = await twin.runtime.listContainers({ podUid: pod.config.podUid });
        expect(listed.map(({ attempt }) => attempt).sort()).toEqual([0, 1]);
        expect(listed.map(({ sandboxId }) => sandboxId)).toEqual([pod.sandboxId, pod.sandboxId]);
      });

      it('needs a sandbox and an image', async () => {
        const pod = await runPod();
        const elsewhere = { ...pod, sandboxId: 'f'.repeat(64) };
        expect((await rejection(create(elsewhere, ['sleep', '1']))).code).toBe('NotFound');
        const imageless = create(pod, ['sleep', '1'], { imageId: `sha256:${'0'.repeat(64)}` });
        expect((await rejection(imageless)).code).toBe('NotFound');
      });

      it.each([
        { command: ['true'], exitCode: 0, reason: 'Completed' },
        { command: ['exit', '7'], exitCode: 7, reason: 'Error' },
      ])('ends with the code of its process: $command', async ({ command, exitCode, reason }) => {
        const { containerId } = await runContainer(...command);
        await untilExited(containerId);
        const status = await twin.runtime.containerStatus(containerId);
        expect(status).toMatchObject({ exitCode, reason });
        expect(status.finishedAt >= status.startedAt).toBe(true);
      });

      it('tells of an exit as it happens, and of none when an exec ends', async () => {
        const exits: string[] = [];
        const forget = twin.runtime.onExit(({ containerId }) => exits.push(containerId));
        const other = await runContainer('serve');
        await twin.during(twin.runtime.execSync(other.containerId, ['true'], 10));
        // The stream may still be connecting when the first one ends.
        let last = '';
        await twin.until(async () => {
          if (exits.includes(last)) return true;
          if (last === '' || (await stateOf(last)) === 'exited')
            last = (await runContainer('exit', '0')).containerId;
          return false;
        });
        expect(exits).not.toContain(other.containerId);
        forget();
      });

      it('cannot start a program that is not there', async () => {
        const pod = await runPod();
        const id = await create(pod, ['/no/such/program']);
        const error = await rejection(twin.runtime.startContainer(id));
        expect(error.code).toBe('Failed');
        expect(error.message).toMatch(
          /^rpc error: code = Unknown desc = .*exec: "\/no\/such\/program": stat .*no such file or directory/,
        );
        expect(await twin.runtime.containerStatus(id)).toMatchObject({
          state: 'exited',
          exitCode: 128,
          reason: 'StartError',
          message: expect.stringContaining('/no/such/program'),
        });
      });

      it('is stopped by its stop signal', async () => {
        const { containerId } = await runContainer('serve');
        await twin.during(ready(twin.runtime, containerId));
        await twin.during(twin.runtime.stopContainer(containerId, 30));
        expect(await twin.runtime.containerStatus(containerId)).toMatchObject({
          state: 'exited',
          exitCode: 0,
        });
      });

      it('is killed when it does not heed the signal in time', async () => {
        const { containerId } = await runContainer('sleep', '3600');
        await twin.during(twin.runtime.stopContainer(containerId, 1));
        const { state, exitCode, reason } = await twin.runtime.containerStatus(containerId);
        expect({ state, exitCode, reason }).toEqual({ state: 'exited', exitCode: 137, reason: 'Error' });
      });

      it('stops and removes once, twice, and when it never was', async () => {
        const { containerId, config } = await runContainer('sleep', '3600');
        for (const id of [containerId, containerId, 'f'.repeat(64)])
          await twin.during(twin.runtime.stopContainer(id, 0));
        for (const id of [containerId, containerId, 'f'.repeat(64)])
          await twin.during(twin.runtime.removeContainer(id));
        expect(await twin.runtime.listContainers({ podUid: config.podUid })).toEqual([]);
        expect((await rejection(twin.runtime.containerStatus(containerId))).code).toBe('NotFound');
      });
    });

    describe('exec', () => {
      it('runs a command to its end', async () => {
        const { containerId } = await runContainer('sleep', '3600');
        const exec = (...command: string[]) => twin.during(twin.runtime.execSync(containerId, command, 10));
        expect(await exec('echo', 'hello')).toEqual({ exitCode: 0, stdout: 'hello\n', stderr: '' });
        expect(await exec('sh', '-c', 'echo before; exit 3')).toMatchObject({
          exitCode: 3,
          stdout: 'before\n',
        });
      });

      it('ends a command at its timeout, or when told to', async () => {
        const { containerId } = await runContainer('sleep', '3600');
        const late = twin.runtime.execSync(containerId, ['sleep', '60'], 1);
        expect((await rejection(late)).code).toBe('DeadlineExceeded');
        const abort = new AbortController();
        const given = twin.runtime.execSync(containerId, ['sleep', '60'], 0, abort.signal);
        const outcome = rejection(given);
        abort.abort();
        expect((await outcome).code).toBe('Cancelled');
      });

      it('fails for a program, a container or a process that is not there', async () => {
        const { containerId } = await runContainer('sleep', '3600');
        const exec = (id: string, program: string) => twin.runtime.execSync(id, [program], 10);
        const error = await rejection(exec(containerId, '/no/such/program'));
        expect(error.code).toBe('Failed');
        expect(error.message).toMatch(/failed to exec in container.*no such file or directory/);
        expect((await rejection(exec('f'.repeat(64), 'true'))).code).toBe('NotFound');
        await twin.during(twin.runtime.stopContainer(containerId, 0));
        expect((await rejection(exec(containerId, 'true'))).code).toBe('Failed');
      });
    });
  });
}

/** A shell that has not set its trap yet would miss the signal. */
async function ready(runtime: RuntimePort, containerId: string): Promise<void> {
  await runtime.execSync(containerId, ['sh', '-c', 'sleep 0.3'], 10);
}
