import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { manifestOf, TestApi } from '#testing/servers/api.server.js';
import { fixtureImage } from '#testing/servers/fixture.image.js';
import { startRegistry, type TestRegistry } from '#testing/servers/registry.server.js';

describe('PODBUS_ADMISSION_PLUGINS=ResolveImageDigest', () => {
  let api: TestApi;
  let registry: TestRegistry;

  beforeAll(async () => {
    registry = await startRegistry();
    const env = { PODBUS_ADMISSION_PLUGINS: 'ResolveImageDigest' };
    api = await TestApi.start({ admission: true, env });
  }, 60_000);
  afterAll(async () => {
    await api?.stop();
    await registry?.stop();
  });

  const create = async (name: string, image: string) => {
    const manifest = manifestOf(name, '');
    for (const container of manifest.spec.containers) container.image = image;
    const pods = '/api/v1/namespaces/default/pods';
    const headers = { 'content-type': 'application/json' };
    return (await api.fetch(pods, { method: 'POST', headers, body: JSON.stringify(manifest) })).json();
  };

  it('IMG-13 a pod names what its tag meant when it was created', async () => {
    const image = await registry.push('app', '1');
    expect(await create('pinned', image)).toMatchObject({
      kind: 'Pod',
      spec: { containers: [{ image: `${image}@${fixtureImage().manifest.digest}` }] },
    });
  });

  it('IMG-13 refuses one whose image is not there, and says which', async () => {
    const image = `${registry.host}/nosuch:1`;
    expect(await create('absent', image)).toMatchObject({
      kind: 'Status',
      code: 403,
      reason: 'Forbidden',
      message: `pods "absent" is forbidden: image "${image}" can't be pinned to a digest: ${image}: not found (HTTP 404)`,
    });
  });
});
