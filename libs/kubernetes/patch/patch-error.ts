/** A patch that can't be understood; the text is for whoever sent it. */
export class PatchError extends Error {
  override readonly name = 'PatchError';
}
