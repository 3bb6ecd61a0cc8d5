import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { containerConfig, sandboxConfig } from '#testing/contracts/runtime.configs.js';
import { startContainerd, type TestContainerd } from '#testing/servers/containerd.server.js';
import { EmbeddedContainerd } from './containerd.embedded.js';
import { pauseImageName } from './pause.image.js';

const hostPort = 20_000 + (process.pid % 10_000);

describe('EmbeddedContainerd', () => {
  let server: TestContainerd;

  beforeAll(async () => {
    server = await startContainerd({ handlers: { other: {} } });
  }, 60_000);
  afterAll(() => server?.stop(), 60_000);

  const startPod = async (podUid: string) => {
    const config = sandboxConfig(podUid, {
      portMappings: [{ protocol: 'TCP', containerPort: 80, hostPort, hostIP: '' }],
    });
    const sandboxId = await server.runtime.runSandbox(config, 'other');
    const imageId = (await server.runtime.imageStatus(server.image))?.id ?? '';
    const container = containerConfig(imageId, ['sleep', '3600']);
    const containerId = await server.runtime.createContainer(sandboxId, container, config);
    await server.runtime.startContainer(containerId);
    return { sandboxId, containerId };
  };

  it('is adopted when it lives, and knows its handlers, its sandbox image and what was imported, pinned', async () => {
    const again = new EmbeddedContainerd({ dir: server.containerd.layout.dir });
    expect(await again.start()).toEqual({
      address: server.address,
      pid: server.containerd.pid(),
      adopted: true,
    });
    expect((await server.runtime.status()).handlers.sort()).toEqual(['', 'other', 'runc']);
    const images = await server.runtime.listImages();
    const pinned = images.filter((image) => image.pinned).flatMap(({ repoTags }) => repoTags);
    expect(pinned.sort()).toEqual([server.image, pauseImageName].sort());
  }, 20_000);

  it('SYS-10 keeps pods running through a kill -9 and a restart', async () => {
    const { containerId } = await startPod('embedded-1');
    await server.kill9();
    await expect(server.runtime.containerStatus(containerId)).rejects.toMatchObject({ code: 'Unavailable' });
    await server.restart();
    expect(await server.runtime.containerStatus(containerId)).toMatchObject({ state: 'running' });
  }, 30_000);

  it('leaves nothing behind, though it was killed while pods ran', async () => {
    const { sandboxId, containerId } = await startPod('embedded-2').catch(async () => {
      // The first pod holds the port where it still runs.
      const [first] = await server.runtime.listContainers();
      return { sandboxId: first?.sandboxId ?? '', containerId: first?.id ?? '' };
    });
    const { layout } = server.containerd;
    expect(tracesOf(layout.runDir, layout.bridge, sandboxId, containerId).length).toBeGreaterThan(6);
    await server.kill9();
    await server.containerd.down();
    await server.containerd.down();
    expect(tracesOf(layout.runDir, layout.bridge, sandboxId, containerId)).toEqual([]);
  }, 30_000);

  it('starts again after that, with its images and without pods', async () => {
    await server.restart();
    expect(await server.runtime.imageStatus(server.image)).toBeDefined();
    expect((await server.runtime.listSandboxes()).filter(({ ready }) => ready)).toEqual([]);
    expect(await startPod('embedded-3')).toBeDefined();
  }, 30_000);
});

/** Whatever on this machine names one of these. */
function tracesOf(runDir: string, bridge: string, ...ids: string[]): string[] {
  const names = [runDir, bridge, ...ids];
  const naming = (text: string) =>
    text.split('\n').filter((line) => names.some((name) => line.includes(name)));
  const living = readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const read = (file: string) => readFileSync(`/proc/${pid}/${file}`, 'utf8');
        const zombie = /^\d+ \(.*\) Z /s.test(read('stat'));
        return zombie ? [] : naming(`${read('cmdline')}\n${read('cgroup')}`);
      } catch {
        return [];
      }
    });
  return [
    ...living,
    ...naming(readFileSync('/proc/self/mountinfo', 'utf8')),
    ...naming(execFileSync('ip', ['link'], { encoding: 'utf8' })),
    ...naming(execFileSync('iptables-save', { encoding: 'utf8' })),
    ...naming(
      execFileSync('find', ['/sys/fs/cgroup', '-name', '*-*', '-o', '-name', '*[0-9a-f]'], {
        encoding: 'utf8',
      }),
    ),
    ...naming(existsSync('/var/lib/cni/results') ? readdirSync('/var/lib/cni/results').join('\n') : ''),
    ...(existsSync(runDir) ? [runDir] : []),
  ];
}
