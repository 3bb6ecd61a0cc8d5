import { describe, expect, it } from '@jest/globals';
import type { SecretManifest } from '#contracts/manifests/secret.manifest.js';
import { lastAppliedAnnotation } from '#contracts/manifests/secret.manifest.js';
import { type ConfigCommand, type ConfigObject, decideConfigCommand } from '../config/config.decider.js';
import { joinSecret, splitSecret } from './secret.content.js';
import { defaultSecret, type SecretDraft, secretKind } from './secret.kind.js';

const manifestOf = (draft: SecretDraft = {}): SecretManifest =>
  defaultSecret({ metadata: { name: 's' }, data: { a: 'MQ==' }, ...draft }, { suffix: 'xyz12' });
const given = (draft: SecretDraft = {}): ConfigObject<SecretManifest> => ({
  uid: 'uid-1',
  position: 7,
  manifest: manifestOf(draft),
});
const when = (command: ConfigCommand<SecretManifest>, current?: ConfigObject<SecretManifest>) =>
  decideConfigCommand(secretKind, command, current, { uid: 'uid-new' });
const update = (draft: SecretDraft, preconditions = {}): ConfigCommand<SecretManifest> => ({
  type: 'update',
  manifest: manifestOf(draft),
  preconditions,
});
const rejected = (reason: string, message: unknown = expect.any(String)) => ({
  rejection: expect.objectContaining({ reason, message }),
});

describe('creating a secret', () => {
  const create: ConfigCommand<SecretManifest> = { type: 'create', manifest: manifestOf() };

  it('makes it', () => {
    expect(when(create)).toEqual({
      events: [{ type: 'SecretCreated', data: { uid: 'uid-new', manifest: manifestOf() } }],
    });
  });

  it('refuses a name in use, after what is wrong in itself', () => {
    expect(when(create, given())).toEqual(rejected('AlreadyExists', 'secrets "s" already exists'));
    const bad = { ...create, manifest: manifestOf({ type: 'kubernetes.io/tls' }) };
    expect(when(bad, given())).toEqual(rejected('Invalid'));
  });
});

describe('changing a secret', () => {
  it('takes the place of what there was', () => {
    const next = { data: { b: 'Mg==' } };
    expect(when(update(next), given())).toEqual({
      events: [{ type: 'SecretUpdated', data: { uid: 'uid-1', manifest: manifestOf(next) } }],
    });
  });

  it('changes nothing when it is the same', () => {
    expect(when(update({}), given())).toEqual({ events: [] });
  });

  it('keeps how the name came about', () => {
    const current = given({ metadata: { name: 's', generateName: 's-' } });
    expect(when(update({}), current)).toEqual({ events: [] });
  });

  it.each([
    [{ uid: 'uid-1', resourceVersion: '7' }, false],
    [{ uid: 'uid-2' }, true],
    [{ resourceVersion: '6' }, true],
  ])('minds what the writer knew: %j', (preconditions, isRefused) => {
    const outcome = when(update({ data: {} }, preconditions), given());
    if (isRefused) expect(outcome).toEqual(rejected('Conflict'));
    else expect(outcome).toHaveProperty('events');
  });

  it('refuses what may not change, and what is not there', () => {
    expect(when(update({ type: 'x/y' }), given())).toEqual(
      rejected('Invalid', 'Secret "s" is invalid: type: Invalid value: "x/y": field is immutable'),
    );
    expect(when(update({}))).toEqual(rejected('NotFound', 'secrets "s" not found'));
  });
});

describe('deleting a secret', () => {
  const remove = (preconditions = {}): ConfigCommand<SecretManifest> => ({
    type: 'delete',
    name: 's',
    preconditions,
  });

  it('ends it, whether it is immutable or not', () => {
    const gone = { events: [{ type: 'SecretDeleted', data: { uid: 'uid-1' } }] };
    expect(when(remove(), given({ immutable: true }))).toEqual(gone);
    expect(when(remove({ uid: 'uid-1' }), given())).toEqual(gone);
  });

  it('refuses another uid, and what is not there', () => {
    expect(when(remove({ uid: 'uid-2' }), given())).toEqual(rejected('Conflict'));
    expect(when(remove())).toEqual(rejected('NotFound'));
  });
});

describe('what is written', () => {
  it('defaults the type, and puts stringData over data', () => {
    const { type, data } = manifestOf({ stringData: { a: 'ä', b: '' } });
    expect(type).toBe('Opaque');
    expect(data).toEqual({ a: 'w6Q=', b: '' });
    expect(manifestOf({ metadata: { generateName: 's-' } }).metadata.name).toBe('s-xyz12');
  });

  it('SYS-13 data and the annotation of kubectl apply are sealed, the rest is not', () => {
    const annotations = { [lastAppliedAnnotation]: '{"stringData":{"a":"hunter2"}}', note: 'seen' };
    const secret = manifestOf({ metadata: { name: 's', annotations }, stringData: { a: 'hunter2' } });
    const { open, content } = splitSecret(secret);
    expect(open).toMatchObject({ metadata: { annotations: { note: 'seen' } }, sizes: { a: 7 } });
    expect(JSON.stringify(open)).not.toMatch(/hunter2|aHVudGVyMg/);
    expect(joinSecret(open, content)).toEqual(secret);
  });
});
