import { badQuery } from '../http/status-error.js';
import type { Place } from './object-order.js';

/** Where a list goes on: every page of it is a picture of the same position. */
export interface ContinueToken {
  position: number;
  after: Place;
}

export const encodeContinue = ({ position, after }: ContinueToken): string =>
  Buffer.from(JSON.stringify([position, after.namespace, after.name, after.createdPosition])).toString(
    'base64url',
  );

/** A token that was not ours is a 400. It never expires. */
export function decodeContinue(token: string): ContinueToken {
  try {
    const parts = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[];
    const [position, namespace, name, createdPosition] = parts;
    if (isPosition(position) && isPosition(createdPosition) && isText(namespace) && isText(name))
      return { position, after: { namespace, name, createdPosition } };
  } catch {
    // Said below.
  }
  throw badQuery('continue', token, 'is no token of a list of podbus');
}

const isPosition = (value: unknown): value is number => Number.isSafeInteger(value);
const isText = (value: unknown): value is string => typeof value === 'string';
