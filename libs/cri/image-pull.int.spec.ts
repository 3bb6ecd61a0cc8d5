import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { goArchitecture } from '#contracts/go-architecture.js';
import { type BuiltImage, buildImage } from '#host/embedded/image-builder.js';
import { startContainerd, type TestContainerd } from '#testing/servers/containerd.server.js';
import { fixtureImage } from '#testing/servers/fixture.image.js';
import { startRegistry, type TestRegistry } from '#testing/servers/registry.server.js';

const ours = goArchitecture(process.arch);
const others = ['amd64', 'arm64', 'riscv64', 's390x'].filter((architecture) => architecture !== ours);
const builtFor = (architecture: string): BuiltImage =>
  buildImage({
    files: [{ path: 'architecture', content: Buffer.from(architecture) }],
    cmd: ['/none'],
    architecture,
  });

describe('CriRuntime pulls', () => {
  let server: TestContainerd;
  let registry: TestRegistry;

  beforeAll(async () => {
    [server, registry] = await Promise.all([startContainerd(), startRegistry()]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([server?.stop(), registry?.stop()]);
  }, 60_000);

  it('an image from a registry on localhost, which speaks plain HTTP', async () => {
    const name = await registry.push('team/tool', '1.0');
    const pulled = await server.runtime.pullImage(name, {});
    const { manifest, config } = fixtureImage();
    expect(pulled.id).toBe(config.digest);
    expect(pulled.repoTags).toContain(name);
    expect(pulled.repoDigests).toContain(`${registry.host}/team/tool@${manifest.digest}`);
    expect(await server.runtime.imageStatus(name)).toEqual(pulled);
    await server.runtime.removeImage(name);
    expect(await server.runtime.imageStatus(name)).toBeUndefined();
  }, 30_000);

  it("IMG-19 an index gives the manifest of the node's own", async () => {
    const images = [...others, ours].map(builtFor);
    const name = await registry.pushIndex('multi', '1', images);
    const pulled = await server.runtime.pullImage(name, {});
    expect(pulled.id).toBe(images.at(-1)?.config.digest);
    expect(pulled.repoTags).toEqual([name]);
  }, 30_000);

  it('IMG-19 an index without it fails, with a message that names the image and the platform', async () => {
    const name = await registry.pushIndex('elsewhere', '1', others.map(builtFor));
    await expect(server.runtime.pullImage(name, {})).rejects.toMatchObject({
      code: 'NotFound',
      message: expect.stringMatching(
        new RegExp(`image "${name}".*no match for platform linux/${ours} in manifest.*: not found$`),
      ),
    });
    expect(await server.runtime.imageStatus(name)).toBeUndefined();
  }, 30_000);

  it('IMG-19 a name with the architecture in it is a name like any other', async () => {
    const image = builtFor(ours);
    const name = await registry.push(`team/app-${ours}`, '1', image);
    expect((await server.runtime.pullImage(name, {})).id).toBe(image.config.digest);
  }, 30_000);

  it('tells that a registry does not have an image, and that it cannot be reached', async () => {
    const absent = server.runtime.pullImage(`${registry.host}/team/absent:1`, {});
    await expect(absent).rejects.toMatchObject({
      code: 'NotFound',
      message: expect.stringMatching(
        /^rpc error: code = NotFound desc = failed to pull and unpack image .*: not found$/,
      ),
    });
    await registry.shutdown();
    const name = `${registry.host}/team/tool:1.0`;
    await expect(server.runtime.pullImage(name, {})).rejects.toMatchObject({
      message: expect.stringContaining('connection refused'),
    });
    await registry.restart();
    expect((await server.runtime.pullImage(name, {})).repoTags).toContain(name);
  }, 30_000);
});
