import type { ImageOrigin } from '#contracts/events/image.events.js';
import type { ImageInfo } from '#contracts/ports/runtime.port.js';
import { imageKey, keyOf, type NodeImageState, namesOf } from './node-image.state.js';

export interface ImagesPicture {
  /** What was known before the runtime was asked: what was recorded meanwhile is not in its answer. */
  known: readonly NodeImageState[];
  /** Names whose pull was intended before the runtime was asked, and is not under way in this process. */
  intended: readonly string[];
  /** Names that are being pulled now: what comes of it is recorded by the pull. */
  underWay: ReadonlySet<string>;
  listed: readonly ImageInfo[];
}

export type ImageFinding =
  | { kind: 'seen'; key: string; info: ImageInfo; origin: ImageOrigin }
  | { kind: 'unproven'; key: string }
  | { kind: 'missing'; key: string }
  | { kind: 'settled'; image: string; outcome: 'Recorded' | 'Abandoned' };

/**
 * Compares what the log knows of a node's images with what the runtime lists. An image nobody recorded is podbus's own
 * work when it has a name that podbus has pulled, or had begun to pull when its process ended (a tag may move in that
 * pull); else it was preloaded. Pure.
 */
export function reconcileImages({ known, intended, underWay, listed }: ImagesPicture): ImageFinding[] {
  const findings: ImageFinding[] = [];
  const byKey = new Map(known.map((image) => [keyOf(image), image]));
  const pulledNames = new Set([...intended, ...known.filter((one) => one.isPulledHere).flatMap(namesOf)]);
  const listedKeys = new Set<string>();
  for (const info of listed) {
    const key = imageKey(info.id, info.runtimeHandler);
    listedKeys.add(key);
    const names = namesOf(info);
    if (!byKey.has(key) && names.some((name) => underWay.has(name))) continue;
    const origin = names.some((name) => pulledNames.has(name)) ? 'Pulled' : 'Preloaded';
    findings.push({ kind: 'seen', key, info, origin });
    if (names.some((name) => intended.includes(name))) findings.push({ kind: 'unproven', key });
  }
  for (const key of byKey.keys()) if (!listedKeys.has(key)) findings.push({ kind: 'missing', key });
  const present = new Set(listed.flatMap(namesOf));
  for (const image of intended)
    findings.push({ kind: 'settled', image, outcome: present.has(image) ? 'Recorded' : 'Abandoned' });
  return findings;
}
