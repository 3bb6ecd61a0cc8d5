import type { RecordedEvent } from '#contracts/events/event.js';
import { instant } from '#contracts/ports/clock.port.js';

/** Events as the log would hand them out, `count` of them from `position` on, all of one pod. */
export function sampleEvents(
  count: number,
  position = 1,
  data: unknown = { image: 'busybox' },
): RecordedEvent[] {
  return Array.from({ length: count }, (_, i) => ({
    position: position + i,
    id: `00000000-0000-4000-8000-${String(position + i).padStart(12, '0')}`,
    stream: 'pod/default/web.example',
    version: position + i,
    type: 'ImagePullStarted',
    schemaVersion: 1,
    recordedAt: instant(Date.UTC(2026, 0, 1) + position + i),
    data,
    metadata: { actor: 'puller/node-a', commandId: 'c-1', correlationId: 'c-1' },
  }));
}
