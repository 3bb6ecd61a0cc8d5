import { instant } from '#contracts/ports/clock.port.js';

/** CRI nanoseconds to RFC 3339 with milliseconds; '' for CRI's "not yet". */
export const fromNanoseconds = (ns: number): string => (ns > 0 ? instant(Math.floor(ns / 1e6)) : '');
