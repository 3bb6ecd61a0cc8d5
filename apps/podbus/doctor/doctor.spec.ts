import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '#host/config.js';
import { formatChecks } from '../commands/doctor.command.js';
import { failed, ok } from './check.js';
import { examine } from './checks.js';
import { describeRange, placeIn, supported, versionIn } from './version-range.js';

describe('versions', () => {
  it.each([
    ['nats-server: v2.9.10', '2.9.10'],
    ['containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u1', '1.6.20'],
    ['runc version 1.1.5+ds1', '1.1.5'],
    ['no number', undefined],
  ])('%s', (text, version) => expect(versionIn(text)).toBe(version));

  it('are in range or not', () => {
    expect(placeIn(supported.containerd, '1.5.9')).toBe('too old');
    expect(placeIn(supported.containerd, '1.6.20')).toBe('in range');
    expect(placeIn(supported.containerd, '2.1.0')).toBe('in range');
    expect(placeIn(supported.natsServer, '2.13.0')).toBe('untried');
    expect(describeRange(supported.natsServer)).toBe('2.9 to 2.12');
    expect(describeRange(supported.postgres)).toBe('14 to 18.x');
  });
});

describe('the doctor', () => {
  it('says how to get what is missing', () => {
    expect(formatChecks([ok('root', 'yes'), failed('runc', 'not found', 'apt-get install runc')])).toBe(
      'CHECK   STATE    FOUND\nroot    ok       yes\nrunc    failed   not found\n\nWhat to do:\n  runc: apt-get install runc',
    );
  });

  it('looks at servers that the user brings, and then not at our own programs', async () => {
    const config = loadConfig({
      env: {
        PODBUS_POSTGRES_URL: 'postgres://127.0.0.1:1/x',
        PODBUS_NATS_URL: 'nats://127.0.0.1:1',
        PODBUS_CONTAINERD_ADDRESS: '/does/not/exist.sock',
        PODBUS_HTTP: '127.0.0.1:0',
      },
    });
    const results = await examine(config);
    const of = (name: string) => results.find((result) => result.name === name);
    for (const name of ['Postgres', 'NATS', 'container runtime']) expect(of(name)?.state).toBe('failed');
    for (const name of ['containerd', 'nats-server', 'port of Postgres']) expect(of(name)).toBeUndefined();
    expect(of('port of the API')).toMatchObject({ state: 'ok' });
  });
});
