import { type ImageNameOptions, parseImageReference, withDefaultTag } from './image-reference.js';

/**
 * What the runtime is asked for: the user's own text, completed with the default tag and, where another default
 * registry than Docker's is configured, with that. `error` is the whole text of an `InvalidImageName`.
 */
export function pullName(image: string, defaultRegistry?: string): { pull: string } | { error: string } {
  const options: ImageNameOptions = defaultRegistry === undefined ? {} : { defaultRegistry };
  const parsed = parseImageReference(image, options);
  if ('error' in parsed) {
    return {
      error: `Failed to apply default image tag "${image}": couldn't parse image name "${image}": ${parsed.error}`,
    };
  }
  const { reference } = parsed;
  const named = withDefaultTag(image, reference);
  const isElsewhere = defaultRegistry !== undefined && reference.registry === defaultRegistry;
  return {
    pull: isElsewhere && !image.startsWith(`${defaultRegistry}/`) ? `${defaultRegistry}/${named}` : named,
  };
}
