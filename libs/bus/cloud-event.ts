import { parseStream, type RecordedEvent } from '#contracts/events/event.js';
import { subjects } from '#contracts/subjects.js';

/** A CloudEvent in NATS's binary content mode: what to publish, where. */
export interface CloudEventMessage {
  subject: string;
  headers: Record<string, string>;
  body: string;
}

/**
 * Maps a recorded event to CloudEvents 1.0, NATS protocol binding 1.0.3, binary mode: every attribute is a `ce-` header
 * with its value percent-encoded, the body is the payload as JSON. Extensions: `position`, `previousposition` (0 before
 * the first: a consumer that misses one sees it), `stream`, `streamversion`, `schemaversion`, and of the metadata
 * `actor`, `commandid`, `correlationid`, `causationid`, `traceparent` (also as the plain header that tracers read).
 */
export function toCloudEvent(event: RecordedEvent): CloudEventMessage {
  const { kind, namespace, name } = parseStream(event.stream);
  const { metadata } = event;
  const attributes: Record<string, string | number | undefined> = {
    specversion: '1.0',
    id: event.id,
    source: '/podbus',
    type: event.type,
    subject: event.stream,
    time: event.recordedAt,
    datacontenttype: 'application/json',
    position: event.position,
    previousposition: event.position - 1,
    stream: event.stream,
    streamversion: event.version,
    schemaversion: event.schemaVersion,
    actor: metadata.actor,
    commandid: metadata.commandId,
    correlationid: metadata.correlationId,
    causationid: metadata.causationId,
    traceparent: metadata.traceparent,
  };
  const headers: Record<string, string> = {};
  for (const [attribute, value] of Object.entries(attributes))
    if (value !== undefined && value !== '') headers[`ce-${attribute}`] = encode(String(value));
  if (metadata.traceparent) headers.traceparent = encode(metadata.traceparent);
  return {
    subject: subjects.event(kind, namespace, name, event.type),
    headers,
    body: JSON.stringify(event.data),
  };
}

/**
 * The same event without its payload, for a server that takes no message as large as it: `ce-dataref` (the CloudEvents
 * Dataref extension) says where podbus's REST serves it.
 */
export function withoutBody(message: CloudEventMessage, event: RecordedEvent): CloudEventMessage {
  const dataref = `/podbus/v1/events?after=${event.position - 1}&limit=1`;
  return { ...message, headers: { ...message.headers, 'ce-dataref': encode(dataref) }, body: '' };
}

/**
 * The event again; `header` looks a header up by name. Undefined when the message is no event of podbus, or when its
 * payload has to be fetched from `ce-dataref`.
 */
export function fromCloudEvent(
  header: (name: string) => string | undefined,
  body: Uint8Array | string,
): RecordedEvent | undefined {
  const read = (attribute: string) => decode(header(`ce-${attribute}`));
  const [id, type, stream, recordedAt] = [read('id'), read('type'), read('stream'), read('time')];
  const [position, version] = [Number(read('position')), Number(read('streamversion'))];
  if (!id || !type || !stream || !recordedAt || !(position > 0) || !(version > 0)) return undefined;
  const data = parseJson(body);
  if (data === undefined) return undefined;
  const optional = {
    commandId: read('commandid'),
    correlationId: read('correlationid'),
    causationId: read('causationid'),
    traceparent: read('traceparent'),
  };
  return {
    position,
    id,
    stream,
    version,
    type,
    schemaVersion: Number(read('schemaversion') ?? 1),
    recordedAt,
    data,
    metadata: {
      actor: read('actor') ?? '',
      ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
    },
  };
}

/** Section 3.1.3.2: blanks, double quotes, percent signs and everything but printable ASCII are percent-encoded. */
function encode(value: string): string {
  return /^[\x21\x23\x24\x26-\x7e]*$/.test(value)
    ? value
    : value.replace(/[^\x21\x23\x24\x26-\x7e]+/g, (run) => escapeBytes(run));
}

const escapeBytes = (text: string) =>
  Array.from(
    new TextEncoder().encode(text),
    (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');

/** One round of percent-decoding; a value whose bytes are no UTF-8 counts as absent, as the binding wants. */
function decode(value: string | undefined): string | undefined {
  if (!value) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

function parseJson(body: Uint8Array | string): unknown {
  try {
    return JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body)) as unknown;
  } catch {
    return undefined;
  }
}
