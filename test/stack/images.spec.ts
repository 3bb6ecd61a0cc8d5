import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { fixtureImage } from '#testing/servers/fixture.image.js';
import { HeardRegistry } from '#testing/servers/heard.registry.js';
import { until } from '#testing/until.js';
import { withLayer } from './layered-image.js';
import { first, oneProcess, waitingFor } from './one-process.js';
import { podOf } from './stack.js';

const stack = oneProcess();
let opening: Promise<HeardRegistry> | undefined;
const registry = () => {
  opening ??= HeardRegistry.start();
  return opening;
};
afterAll(async () => (await opening)?.stop(), 20_000);

const both = () => Promise.all([stack(), registry()]);
/** An image that no node has; the layers below its last one are the fixture image's. */
const newImage = () => withLayer(fixtureImage(), randomUUID());
const serving = (name: string, image: string, imagePullPolicy?: string) =>
  podOf(name, image, { command: ['serve'], imagePullPolicy });

/** A test of its own pods and repositories, beside the others. */
const together = (title: string, test: () => Promise<void>) => it.concurrent(title, test, 90_000);

describe('the name of an image', () => {
  together('IMG-01 a bad name is refused with the reason, as kubectl shows it', async () => {
    const podbus = await stack();
    await podbus.create(podOf('invalid-image', 'localhost:5001/UPPER/Case:::bad'));
    const pod = await podbus.until('invalid-image', (p) => waitingFor(p) === 'InvalidImageName');
    const message =
      'Failed to apply default image tag "localhost:5001/UPPER/Case:::bad": couldn\'t parse image name "localhost:5001/UPPER/Case:::bad": invalid reference format: repository name (UPPER/Case) must be lowercase';
    expect(first(pod)?.state.waiting?.message).toBe(message);
    expect(pod.status.phase).toBe('Pending');
    expect(await podbus.said('invalid-image')).toEqual([
      'Normal Scheduled default-scheduler: Successfully assigned default/invalid-image to node-1',
      `Warning InspectFailed kubelet: ${message}`,
      'Warning Failed kubelet: Error: InvalidImageName',
    ]);
  });

  together('IMG-01 IMG-03 a host with a port, and neither tag nor digest: latest is pulled', async () => {
    const [podbus, { host }] = await both();
    const image = newImage();
    const { requests } = await registry();
    await (await registry()).push('example/untagged', 'latest', image);
    await podbus.create(serving('untagged', `${host}/example/untagged`));
    const pod = await podbus.ready('untagged');
    expect(requests.some(({ path }) => path === '/v2/example/untagged/manifests/latest')).toBe(true);
    expect(first(pod)?.imageID).toBe(`${host}/example/untagged@${image.manifest.digest}`);
  });

  together('IMG-02 IMG-05 IMG-08 a short name is Docker’s, and Never starts what is present', async () => {
    const podbus = await stack();
    await podbus.create(serving('short', 'busybox:1.36', 'Never'));
    const pod = await podbus.ready('short');
    expect(podbus.image).toBe('docker.io/library/busybox:1.36');
    expect(first(pod)?.imageID).toBe(`docker.io/library/busybox@${fixtureImage().manifest.digest}`);
  });

  together('IMG-04 IMG-05 with both tag and digest only the digest is used', async () => {
    const [podbus, door] = await both();
    const image = newImage();
    await door.push('pinned', 'moving', image);
    await door.push('pinned', 'moved', newImage());
    const name = `${door.host}/pinned:moved@${image.manifest.digest}`;
    await podbus.create(serving('pinned', name));
    const pod = await podbus.ready('pinned');
    expect(first(pod)?.imageID).toBe(`${door.host}/pinned@${image.manifest.digest}`);
    expect(door.asked('pinned').filter((asked) => /manifests\/mov/.test(asked))).toEqual([]);
  });

  together('IMG-10 IMG-11 an omitted policy is set once, at creation, by the image’s name', async () => {
    const podbus = await stack();
    const digest = `sha256:${'a'.repeat(64)}`;
    const expected = {
      'r.example/app': 'Always',
      'r.example/app:latest': 'Always',
      'r.example/app:1.2': 'IfNotPresent',
      [`r.example/app@${digest}`]: 'IfNotPresent',
      [`r.example/app:latest@${digest}`]: 'IfNotPresent',
    };
    const containers = Object.keys(expected).map((image, i) => ({ name: `c${i}`, image }));
    const nowhere = { nodeSelector: { place: 'nowhere' }, containers };
    await podbus.create(podOf('defaults', '', {}, nowhere));
    const pod = await podbus.until('defaults', () => true);
    const shown = pod.spec.containers.map(({ image, imagePullPolicy }) => [image, imagePullPolicy]);
    expect(Object.fromEntries(shown)).toEqual(expected);
    const [admitted] = await podbus.recorded('defaults', 'PodAdmitted');
    const stored = admitted?.data.manifest.spec.containers.map(({ imagePullPolicy }) => imagePullPolicy);
    expect(stored).toEqual(Object.values(expected));
  });
});

describe('pulling an image', () => {
  together('IMG-06 IfNotPresent pulls what is absent, and does not ask the registry again', async () => {
    const [podbus, door] = await both();
    const image = await door.push('once', '1', newImage());
    await podbus.create(serving('once-a', image, 'IfNotPresent'));
    await podbus.ready('once-a');
    const asked = door.asked('once').length;
    expect(asked).toBeGreaterThan(0);
    await podbus.create(serving('once-b', image, 'IfNotPresent'));
    await podbus.ready('once-b');
    expect(door.asked('once')).toHaveLength(asked);
    expect((await podbus.said('once-a')).map(timeless)).toEqual([
      'Normal Scheduled default-scheduler: Successfully assigned default/once-a to node-1',
      `Normal Pulling kubelet: Pulling image "${image}"`,
      `Normal Pulled kubelet: Successfully pulled image "${image}" in T (T including waiting). Image size: N bytes.`,
      'Normal Created kubelet: Created container: c',
      'Normal Started kubelet: Started container c',
    ]);
    expect(await podbus.said('once-b')).toEqual([
      'Normal Scheduled default-scheduler: Successfully assigned default/once-b to node-1',
      `Normal Pulled kubelet: Container image "${image}" already present on machine`,
      'Normal Created kubelet: Created container: c',
      'Normal Started kubelet: Started container c',
    ]);
  });

  together('IMG-07 IMG-13 Always re-resolves the tag at every start, and pulls only what moved', async () => {
    const [podbus, door] = await both();
    const [one, two] = [newImage(), newImage()];
    const image = await door.push('moving', 'stable', one);
    await podbus.create(serving('moving', image, 'Always'));
    await podbus.ready('moving');
    const restart = async (count: number) => {
      const before = { asked: door.asked('moving').length, served: door.served('moving') };
      // The first process of the container ends itself.
      await podbus.exec('moving', ['kill', '1']);
      await podbus.until('moving', (pod) => first(pod)?.restartCount === count && first(pod)?.ready);
      return {
        asked: door.asked('moving').slice(before.asked),
        served: door.served('moving') - before.served,
      };
    };
    expect(await restart(1)).toEqual({ asked: ['HEAD manifests/stable'], served: 0 });
    await door.push('moving', 'stable', two);
    const { asked } = await restart(2);
    expect(asked[0]).toBe('HEAD manifests/stable');
    expect(asked).toContain(`GET blobs/${two.config.digest}`);
    const ran = (await podbus.recorded('moving', 'ImagePulled')).map(({ data }) => data.imageRef);
    const refs = [one, one, two].map(({ manifest }) => `${door.host}/moving@${manifest.digest}`);
    expect(ran).toEqual(refs);
    expect(first((await podbus.pod('moving'))!)?.imageID).toBe(refs[2]);
  });

  together('IMG-08 Never asks no registry, and what is absent fails', async () => {
    const [podbus, door] = await both();
    const image = await door.push('never', '1', newImage());
    await podbus.create(serving('never', image, 'Never'));
    const pod = await podbus.until('never', (p) => waitingFor(p) === 'ErrImageNeverPull');
    const message = `Container image "${image}" is not present with pull policy of Never`;
    expect(first(pod)?.state.waiting?.message).toBe(message);
    expect(door.asked('never')).toEqual([]);
    expect(await podbus.said('never')).toEqual([
      'Normal Scheduled default-scheduler: Successfully assigned default/never to node-1',
      `Warning ErrImageNeverPull kubelet: ${message}`,
      'Warning Failed kubelet: Error: ErrImageNeverPull',
    ]);
  });

  together('IMG-09 layers that are on the node are not downloaded again', async () => {
    const [podbus, door] = await both();
    const image = newImage();
    const [shared, own] = image.layers.map(({ digest }) => digest);
    await podbus.create(serving('layers', await door.push('layers', '1', image)));
    await podbus.ready('layers');
    const blobs = door.asked('layers').filter((asked) => asked.startsWith('GET blobs/'));
    expect(blobs).toEqual([`GET blobs/${image.config.digest}`, `GET blobs/${own}`]);
    expect(blobs).not.toContain(`GET blobs/${shared}`);
    expect(door.served('layers')).toBeLessThan(20_000);
    expect(await podbus.exec('layers', ['cat', '/said'])).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('a pull that fails', () => {
  together('IMG-14 ErrImagePull, then ImagePullBackOff, and a start once the image is there', async () => {
    const [podbus, door] = await both();
    const image = `${door.host}/library/late:1`;
    await podbus.create(serving('late', image));
    const failed = await podbus.until('late', (pod) => waitingFor(pod) === 'ErrImagePull');
    const error = `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
    expect(first(failed)?.state.waiting?.message).toBe(error);
    const waiting = await podbus.until('late', (pod) => waitingFor(pod) === 'ImagePullBackOff');
    const message = `Back-off pulling image "${image}": ErrImagePull: ${error}`;
    expect(first(waiting)?.state.waiting?.message).toBe(message);
    await door.push('library/late', '1', newImage());
    await podbus.ready('late');
    const [{ recordedAt: failedAt } = { recordedAt: '' }] = await podbus.recorded('late', 'ImageFailed');
    const [, again] = await podbus.recorded('late', 'ImagePullStarted');
    const waitedMs = Date.parse(again?.recordedAt ?? '') - Date.parse(failedAt);
    expect(waitedMs).toBeGreaterThanOrEqual(9_990);
    expect(waitedMs).toBeLessThan(15_000);
    expect((await podbus.said('late')).map(timeless)).toEqual([
      'Normal Scheduled default-scheduler: Successfully assigned default/late to node-1',
      `Normal Pulling kubelet: Pulling image "${image}"`,
      `Warning Failed kubelet: Failed to pull image "${image}": ${error}`,
      'Warning Failed kubelet: Error: ErrImagePull',
      `Normal BackOff kubelet: Back-off pulling image "${image}"`,
      'Warning Failed kubelet: Error: ImagePullBackOff',
      `Normal Pulled kubelet: Successfully pulled image "${image}" in T (T including waiting). Image size: N bytes.`,
      'Normal Created kubelet: Created container: c',
      'Normal Started kubelet: Started container c',
    ]);
  });

  together('IMG-14 a deletion ends a pull at once, though the registry keeps silent', async () => {
    const [podbus, door] = await both();
    door.silent.add('silent');
    await podbus.create(serving('silent', `${door.host}/silent:1`));
    await until(() => door.held.size > 0);
    const at = Date.now();
    await podbus.delete('silent');
    await podbus.untilGone('silent', 3_000);
    expect(Date.now() - at).toBeLessThan(3_000);
    await until(() => door.held.size === 0);
  });
});

const timeless = (line: string): string =>
  line.replace(/ in \S+ \(\S+ including/, ' in T (T including').replace(/size: \d+ bytes/, 'size: N bytes');
