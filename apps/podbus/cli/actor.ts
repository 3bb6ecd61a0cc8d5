import { userInfo } from 'node:os';

/** Who is at the command line, for the history of what is changed from there. */
export const actor = (): string => `user/${userInfo().username}`;
