import type { ImageEventData, ImageEventType } from '#contracts/events/image.events.js';

type Sentences = { [T in ImageEventType]: (data: ImageEventData[T]) => string };

/** What each event of a node's images says to a person. */
export const imageSentences: Sentences = {
  NodeImageRecorded: ({ repoTags, repoDigests, origin, sizeBytes }) =>
    `${origin === 'Pulled' ? 'pulled' : 'found on the node'}: ${[...repoTags, ...repoDigests][0] ?? 'without a name'}, ${sizeBytes} bytes`,
  NodeImageNamesChanged: ({ repoTags }) => `now called ${[...repoTags].join(', ') || 'nothing'}`,
  NodeImageAccessGranted: ({ repository, access }) => `${repository} may be used by ${usersOf(access)}`,
  NodeImagePullUnproven: () => 'pulled, with which credentials is not known',
  NodeImageRemoved: ({ reason }) => `gone: ${reason}`,
  NodeImagePullIntended: ({ image }) => `${image} is about to be pulled`,
  NodeImagePullSettled: ({ outcome }) => `the pull came to an end: ${outcome}`,
};

function usersOf(access: ImageEventData['NodeImageAccessGranted']['access']): string {
  if (access.to === 'Node') return 'every pod of the node';
  return access.secret
    ? `whoever has secret ${access.secret.namespace}/${access.secret.name}`
    : 'whoever has the same credential';
}
