import type { RecordedSecretEvent, SealedSecret } from '#contracts/events/config.events.js';
import { type ConfigState, evolveConfig } from '../config/config.state.js';

/** One Secret, folded from its events: sealed as they are. */
export type SecretState = ConfigState<SealedSecret>;

export function evolveSecret(state: SecretState | undefined, event: RecordedSecretEvent): SecretState {
  const secret = event.type === 'SecretDeleted' ? undefined : event.data.secret;
  const { namespace = '', name = '' } = secret?.metadata ?? {};
  return evolveConfig(state, event, { uid: event.data.uid, namespace, name }, secret);
}

/** The Secret that there is; undefined for none, or for one that was deleted. */
export function foldSecret(events: readonly RecordedSecretEvent[]): SecretState | undefined {
  const state = events.reduce<SecretState | undefined>(evolveSecret, undefined);
  return state?.deletedAt === undefined ? state : undefined;
}
