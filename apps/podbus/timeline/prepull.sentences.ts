import type { PrepullEventData, PrepullEventType } from '#contracts/events/prepull.events.js';
import { formatBytes, formatDuration } from './duration.js';

type Sentences = { [T in PrepullEventType]: (data: PrepullEventData[T]) => string };

/** What each event of a pre-pull says to a person. */
export const prepullSentences: Sentences = {
  ImagePrepullRequested: ({ image, nodes }) => `${image} is wanted on ${[nodes].flat().join(', ')}`,
  NodeImagePrepulled: ({ node, sizeBytes, pullMs }) =>
    `${node}: there, ${formatBytes(sizeBytes)} in ${formatDuration(pullMs)}`,
  NodeImagePrepullFailed: ({ node, reason, message, retryAt }) =>
    `${node}: ${reason}: ${message}${retryAt ? `; again at ${retryAt.slice(11, 19)}` : '; given up'}`,
  ImagePrepullFinished: ({ succeeded, failed }) =>
    `every node has an outcome: ${succeeded} with the image, ${failed} without`,
};
