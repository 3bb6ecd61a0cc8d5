import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startContainerd, type TestContainerd } from '#testing/servers/containerd.server.js';
import { fixtureImage } from '#testing/servers/fixture.image.js';
import { HeardRegistry } from '#testing/servers/heard.registry.js';

const auth = { username: 'team-a', password: 'open sesame' };

describe('CriRuntime pulls from a private registry over TLS', () => {
  let server: TestContainerd;
  let registry: HeardRegistry;
  let image: string;

  beforeAll(async () => {
    [server, registry] = await Promise.all([
      startContainerd(),
      HeardRegistry.start({ tls: true, users: { [auth.username]: auth.password } }),
    ]);
    image = await registry.push('private/tool', '1', fixtureImage());
  }, 60_000);
  afterAll(async () => {
    await Promise.all([server?.stop(), registry?.stop()]);
  }, 60_000);

  const failure = (password: string): Promise<string> =>
    server.runtime.pullImage(image, { auth: { ...auth, password } }).then(
      () => 'pulled',
      (error: Error) => error.message,
    );

  it('IMG-23 sends no password to a server whose certificate it does not trust', async () => {
    server.speakTls(registry.host);
    expect(await failure(auth.password)).toContain('certificate signed by unknown authority');
    expect(registry.requests).toEqual([]);
  }, 30_000);

  it('IMG-23 IMG-25 with a wrong password, then with the right one', async () => {
    server.speakTls(registry.host, registry.certificate?.caFile);
    expect(await failure('wrong')).toMatch(/401 Unauthorized$/);
    expect(await failure(auth.password)).toBe('pulled');
    const asked = registry.requests.map(
      ({ method, user, status }) => `${method} ${user || 'anyone'} ${status}`,
    );
    expect(asked).toEqual(expect.arrayContaining(['HEAD anyone 401', 'HEAD team-a 401', 'HEAD team-a 200']));
  }, 30_000);
});
