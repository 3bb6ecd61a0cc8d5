import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '#contracts/events/event.js';
import { fromCloudEvent, toCloudEvent, withoutBody } from './cloud-event.js';

const event: RecordedEvent = {
  position: 42,
  id: 'e0c7b9a2-0000-4000-8000-000000000042',
  stream: 'pod/default/web.example',
  version: 3,
  type: 'ImagePullFailed',
  schemaVersion: 1,
  recordedAt: '2026-01-01T03:14:00.123Z',
  data: { image: 'busybox', message: 'größer' },
  metadata: {
    actor: 'puller/node a',
    commandId: 'c-1',
    correlationId: 'c-1',
    causationId: 'e-41',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  },
};
const back = (message: { headers: Record<string, string>; body: string }) =>
  fromCloudEvent((name) => message.headers[name], Buffer.from(message.body));

describe('toCloudEvent', () => {
  it('SYS-09 writes an event as CloudEvents 1.0 in binary mode, one subject per slice', () => {
    expect(toCloudEvent(event)).toEqual({
      subject: 'podbus.v1.event.pod.default.web_example.ImagePullFailed',
      headers: {
        'ce-specversion': '1.0',
        'ce-id': event.id,
        'ce-source': '/podbus',
        'ce-type': 'ImagePullFailed',
        'ce-subject': 'pod/default/web.example',
        'ce-time': '2026-01-01T03:14:00.123Z',
        'ce-datacontenttype': 'application/json',
        'ce-position': '42',
        'ce-previousposition': '41',
        'ce-stream': 'pod/default/web.example',
        'ce-streamversion': '3',
        'ce-schemaversion': '1',
        'ce-actor': 'puller/node%20a',
        'ce-commandid': 'c-1',
        'ce-correlationid': 'c-1',
        'ce-causationid': 'e-41',
        'ce-traceparent': '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      },
      body: '{"image":"busybox","message":"größer"}',
    });
  });

  it('gives the same event back', () => {
    expect(back(toCloudEvent(event))).toEqual(event);
    const bare = { ...event, metadata: { actor: 'admin' } };
    expect(back(toCloudEvent(bare))).toEqual(bare);
  });

  it('encodes what a header may not hold, as the binding says, and decodes it', () => {
    const actor = 'Euro € 😀 "100%"\nX: y';
    const message = toCloudEvent({ ...event, metadata: { actor } });
    expect(message.headers['ce-actor']).toBe('Euro%20%E2%82%AC%20%F0%9F%98%80%20%22100%25%22%0AX:%20y');
    expect(back(message)?.metadata.actor).toBe(actor);
  });

  it('has a legal subject for every stream', () => {
    const subjectOf = (stream: string) => toCloudEvent({ ...event, stream }).subject;
    expect(subjectOf('node/a.example')).toBe('podbus.v1.event.node._.a_example.ImagePullFailed');
    expect(subjectOf('command/a b.c*>')).toBe('podbus.v1.event.command._.a_b_c__.ImagePullFailed');
  });
});

describe('withoutBody', () => {
  it('points to where the payload is served', () => {
    const message = withoutBody(toCloudEvent(event), event);
    expect(message.headers['ce-dataref']).toBe('/podbus/v1/events?after=41&limit=1');
    expect(message.body).toBe('');
    expect(back(message)).toBeUndefined();
  });
});

describe('fromCloudEvent', () => {
  it('answers undefined for what is no event of podbus', () => {
    expect(fromCloudEvent(() => undefined, '{}')).toBeUndefined();
    const message = toCloudEvent(event);
    expect(fromCloudEvent((name) => message.headers[name], 'no json')).toBeUndefined();
    const broken = { ...message.headers, 'ce-id': '%C0%A0' };
    expect(fromCloudEvent((name) => broken[name as 'ce-id'], message.body)).toBeUndefined();
  });
});
