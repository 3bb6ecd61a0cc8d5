import type { ImageInfo, PullOptions } from '#contracts/ports/runtime.port.js';
import type { AuthMessage, ImageMessage } from './cri.messages.js';

export function fromImageMessage(image: ImageMessage): ImageInfo {
  return {
    id: image.id,
    digestRef: image.repoDigests[0] ?? image.id,
    repoTags: image.repoTags,
    repoDigests: image.repoDigests,
    sizeBytes: image.size,
    pinned: image.pinned,
  };
}

export const toAuthMessage = ({ username, password }: NonNullable<PullOptions['auth']>): AuthMessage => ({
  username,
  password,
});
