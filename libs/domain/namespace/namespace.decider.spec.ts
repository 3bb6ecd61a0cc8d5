import { describe, it } from '@jest/globals';
import type { NamespaceEvent } from '#contracts/events/cluster.events.js';
import { story } from '#testing/given-when-then.js';
import { decideNamespaceCommand } from './namespace.decider.js';
import { evolveNamespace } from './namespace.state.js';

const { given } = story({
  stream: 'namespace/team',
  evolve: evolveNamespace,
  decide: decideNamespaceCommand,
  context: { uid: 'new' },
});
const metadata = { name: 'team', labels: { tier: 'test' } };
const created: NamespaceEvent = { type: 'NamespaceCreated', data: { uid: 'new', metadata } };

describe('creating a namespace', () => {
  it('records a new one', () => void given().when({ type: 'CreateNamespace', metadata }).thenEvents(created));

  it('refuses one that exists', () =>
    void given(created).when({ type: 'CreateNamespace', metadata }).thenRejected({
      reason: 'AlreadyExists',
      message: 'namespaces "team" already exists',
    }));

  it('refuses a name that is no DNS label', () =>
    void given()
      .when({ type: 'CreateNamespace', metadata: { name: 'a.b' } })
      .thenRejected({ reason: 'Invalid', code: 422 }));
});
