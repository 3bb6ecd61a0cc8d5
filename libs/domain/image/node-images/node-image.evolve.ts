import type { ImageEventData, RecordedImageEvent } from '#contracts/events/image.events.js';
import type { ImageStreamState, NodeImageState, RepositoryAccess, SecretAccess } from './node-image.state.js';

/** Folds one event of a stream of the kind `image`; undefined when a life has ended. Pure. */
export function evolveImage(
  before: ImageStreamState | undefined,
  event: RecordedImageEvent,
): ImageStreamState | undefined {
  const { version } = event;
  switch (event.type) {
    case 'NodeImageRecorded': {
      const { origin } = event.data;
      const image = { ...event.data, isPulledHere: origin === 'Pulled', access: {} };
      return { kind: 'image', image: { ...image, recordedAt: event.recordedAt, version } };
    }
    case 'NodeImagePullIntended':
      return { kind: 'intent', intent: { ...event.data, version } };
    case 'NodeImageRemoved':
    case 'NodeImagePullSettled':
      return undefined;
    case 'NodeImageNamesChanged': {
      const { repoTags, repoDigests, sizeBytes } = event.data;
      return changed(before, { repoTags, repoDigests, sizeBytes, version });
    }
    case 'NodeImagePullUnproven':
      return changed(before, { isPulledHere: true, version });
    case 'NodeImageAccessGranted': {
      if (before?.kind !== 'image') return before;
      const { repository } = event.data;
      const access = granted(before.image.access[repository], event.data.access);
      return changed(before, {
        isPulledHere: true,
        access: { ...before.image.access, [repository]: access },
        version,
      });
    }
  }
}

function changed(
  before: ImageStreamState | undefined,
  changes: Partial<NodeImageState>,
): ImageStreamState | undefined {
  return before?.kind === 'image' ? { kind: 'image', image: { ...before.image, ...changes } } : before;
}

/** The same Secret with another content takes the place of the old one. */
function granted(
  before: RepositoryAccess = { everyone: false, secrets: [] },
  access: ImageEventData['NodeImageAccessGranted']['access'],
): RepositoryAccess {
  if (access.to === 'Node') return { everyone: true, secrets: [] };
  if (before.everyone) return before;
  const { to: _to, ...added } = access;
  const others = before.secrets.filter((known) => !isSameHolder(known, added));
  return { everyone: false, secrets: [...others, added] };
}

/** Credentials that came from no Secret are told apart by their hash. */
export const isSameHolder = (a: SecretAccess, b: SecretAccess): boolean =>
  a.secret && b.secret ? isSameSecret(a, b) : !a.secret && !b.secret && a.hash === b.hash;

export const isSameSecret = ({ secret: a }: SecretAccess, { secret: b }: SecretAccess): boolean =>
  a !== undefined && b !== undefined && a.uid === b.uid && a.namespace === b.namespace && a.name === b.name;
