import { get } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { busyboxImage } from '#host/embedded/busybox.image.js';
import { freePort } from '#host/embedded/free-port.js';
import { eventually } from '#testing/eventually.js';
import { first, type OneProcess, oneProcess } from './one-process.js';
import { podOf } from './stack.js';

const stack = oneProcess();
const serving = (name: string, image: string, container: object = {}, spec: object = {}) =>
  podOf(name, image, { command: ['serve'], ...container }, spec);

/** A test of its own pods, beside the others. */
const together = (title: string, test: (podbus: OneProcess) => Promise<void>) =>
  it.concurrent(title, async () => test(await stack()), 90_000);

/** Ends once it has printed; the pod is kept. */
async function printed(
  podbus: OneProcess,
  name: string,
  container: object,
  spec: object = {},
): Promise<string> {
  await podbus.create(podOf(name, podbus.image, container, { restartPolicy: 'Never', ...spec }));
  await podbus.until(name, ({ status }) => /Failed|Succeeded/.test(status.phase));
  return podbus.logOf(name);
}

describe('hostname', () => {
  const long = `${'very-'.repeat(13)}long.name`;
  it.concurrent.each([
    ['the pod’s name', 'web-1', {}, 'web-1'],
    ['spec.hostname where given', 'web-2', { hostname: 'db' }, 'db'],
    ['a long name cut to 63 characters, without a dash or a dot at its end', long, {}, long.slice(0, 63)],
  ])(
    'ENV-02 is %s',
    async (_, name, spec, expected) => {
      const podbus = await stack();
      expect(
        await printed(
          podbus,
          name,
          { command: ['sh', '-c', 'hostname; cat /proc/sys/kernel/hostname /etc/hostname'] },
          spec,
        ),
      ).toBe(Array(3).fill(expected).join('\n'));
    },
    90_000,
  );
});

describe('the hosts file', () => {
  together('ENV-02 a pod finds itself by its name, also when its container was restarted', async (podbus) => {
    await podbus.create(serving('named', podbus.image));
    const { status } = await podbus.ready('named');
    expect(await podbus.exec('named', ['hostname', '-i'])).toBe(status.podIP);
    expect(await podbus.exec('named', ['cat', '/etc/hosts'])).toMatch(/^# Kubernetes-managed hosts file\./);
    await podbus.exec('named', ['kill', '1']);
    await podbus.until('named', (pod) => first(pod)?.restartCount === 1 && first(pod)?.ready);
    expect(await podbus.exec('named', ['hostname', '-i'])).toBe(status.podIP);
  });
});

describe('variables', () => {
  together('ENV-04 the manifest’s own, expanded, beside those of the image', async (podbus) => {
    const { containerd } = podbus.containerd;
    const name = 'docker.io/library/with-env:1';
    const image = busyboxImage({ env: ['PATH=/bin', 'FROM_IMAGE=image', 'BOTH=image'], workingDir: '/tmp' });
    await containerd.importImage(name, image);
    await eventually('CRI knows the image', () => podbus.containerd.runtime.imageStatus(name));
    const env = [
      { name: 'EARLY', value: '$(LATE) $$(LATE)' },
      { name: 'LATE', value: 'late' },
      { name: 'JOINED', value: '<$(LATE)>' },
      { name: 'BOTH', value: 'manifest' },
      { name: 'EMPTY' },
      { name: 'ODD', value: 'a=b "c" $HOME' },
    ];
    const out = await printed(podbus, 'variables', { image: name, command: ['env'], env });
    const seen = Object.fromEntries(out.split('\n').map((line) => line.split(/=(.*)/).slice(0, 2)));
    expect(seen).toMatchObject({
      PATH: '/bin',
      FROM_IMAGE: 'image',
      BOTH: 'manifest',
      EARLY: '$(LATE) $(LATE)',
      LATE: 'late',
      JOINED: '<late>',
      EMPTY: '',
      ODD: 'a=b "c" $HOME',
      HOSTNAME: 'variables',
    });
  });

  together('ENV-04 are expanded in command and args, not by a shell', async (podbus) => {
    const container = {
      env: [
        { name: 'GREETING', value: 'hello $(WHO)' },
        { name: 'WHO', value: 'world; false' },
      ],
      command: ['echo', '$(WHO)'],
      args: ['$(GREETING)', '$(NOBODY)', '$$(WHO)', '$WHO'],
    };
    expect(await printed(podbus, 'expanded', container)).toBe(
      'world; false hello $(WHO) $(NOBODY) $(WHO) $WHO',
    );
  });

  together(
    'ENV-04 without a command the image’s own runs, in its working directory or the manifest’s',
    async (podbus) => {
      const name = 'docker.io/library/with-command:1';
      const image = busyboxImage({
        entrypoint: ['sh', '-c'],
        cmd: ['echo own in $PWD'],
        workingDir: '/root',
      });
      await podbus.containerd.containerd.importImage(name, image);
      await eventually('CRI knows the image', () => podbus.containerd.runtime.imageStatus(name));
      const of = (pod: string, container: object) =>
        printed(podbus, pod, { image: name, command: undefined, ...container });
      const outs = await Promise.all([
        of('own', {}),
        of('own-args', { args: ['echo args in $PWD'] }),
        of('own-dir', { workingDir: '/tmp' }),
        of('new-command', { command: ['pwd'], workingDir: '/made/for/it' }),
      ]);
      expect(outs).toEqual(['own in /root', 'args in /root', 'own in /tmp', '/made/for/it']);
    },
  );
});

describe('network and resources', () => {
  together(
    'SYS-01 the containers of a pod share one network, another pod reaches it by address',
    async (podbus) => {
      const server = 'mkdir /www; echo served > /www/index.html; exec httpd -f -p 8080 -h /www';
      const client = { name: 'client', image: podbus.image, command: ['serve'], imagePullPolicy: 'Never' };
      const manifest = serving('shared', podbus.image, { command: ['sh', '-c', server] });
      manifest.spec.containers.push(client as never);
      await podbus.create(manifest);
      const pod = await podbus.ready('shared');
      const wget = (from: string, host: string, container: string) =>
        podbus.exec(from, ['wget', '-q', '-O', '-', `http://${host}:8080/`], container);
      await eventually('httpd listens', () =>
        wget('shared', 'localhost', 'client').then(
          () => true,
          () => false,
        ),
      );
      expect(await wget('shared', 'localhost', 'client')).toBe('served');
      await podbus.create(serving('neighbour', podbus.image));
      await podbus.ready('neighbour');
      expect(await wget('neighbour', pod.status.podIP ?? '', 'c')).toBe('served');
    },
  );

  together('SYS-01 a hostPort is reached on this machine’s own address', async (podbus) => {
    const hostPort = await freePort();
    const server = 'mkdir /www; echo by host port > /www/index.html; exec httpd -f -p 80 -h /www';
    const ports = [{ containerPort: 80, hostPort }];
    await podbus.create(serving('host-port', podbus.image, { command: ['sh', '-c', server], ports }));
    await podbus.ready('host-port');
    expect(await eventually('it answers', () => bodyOf(`http://127.0.0.1:${hostPort}/`), 10_000)).toBe(
      'by host port\n',
    );
    await podbus.delete('host-port', 1);
    await podbus.untilGone('host-port');
    expect(await bodyOf(`http://127.0.0.1:${hostPort}/`)).toBeUndefined();
  });

  together(
    'SYS-01 limits and requests are the container’s cgroup, by its quality of service',
    async (podbus) => {
      const resources = { limits: { cpu: '250m', memory: '64Mi' }, requests: { cpu: '100m' } };
      await podbus.create(serving('limited', podbus.image, { resources }));
      await podbus.ready('limited');
      expect(await cgroupOf(podbus, 'limited')).toEqual({
        quota: '25000 100000',
        memory: String(64 * 1024 * 1024),
      });
      const score = Number(await podbus.exec('limited', ['cat', '/proc/1/oom_score_adj']));
      expect(score).toBeGreaterThanOrEqual(3);
      expect(score).toBeLessThanOrEqual(999);
      await podbus.create(serving('unlimited', podbus.image));
      await podbus.ready('unlimited');
      expect(await podbus.exec('unlimited', ['cat', '/proc/1/oom_score_adj'])).toBe('1000');
    },
  );
});

/** Undefined while nobody listens. */
function bodyOf(url: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = get(url, { timeout: 1_000 }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on('end', () => resolve(body));
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(undefined));
  });
}

/** As the container itself sees it, in cgroup v1's or v2's files. */
async function cgroupOf(podbus: OneProcess, name: string): Promise<{ quota: string; memory: string }> {
  const v1 =
    'cd /sys/fs/cgroup; echo $(cat cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us); cat memory/memory.limit_in_bytes';
  const v2 = 'cd /sys/fs/cgroup; cat cpu.max memory.max';
  const script = `if [ -d /sys/fs/cgroup/memory ]; then ${v1}; else ${v2}; fi`;
  const [quota = '', memory = ''] = (await podbus.exec(name, ['sh', '-c', script])).split('\n');
  return { quota, memory };
}
