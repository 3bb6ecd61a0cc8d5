import { failureStatus, type Status, type StatusDetails, type StatusReason } from '#contracts/status.js';

/** A refusal on its way out of a controller; the exception filter writes its `Status` and its code. */
export class StatusError extends Error {
  override readonly name = 'StatusError';

  constructor(readonly status: Status) {
    super(status.message);
  }
}

/** A `StatusError` of this reason, to be thrown. */
export const refusal = (reason: StatusReason, message: string, details?: StatusDetails): StatusError =>
  new StatusError(failureStatus(reason, message, details));

/** A query parameter that makes no sense: 400, naming it. */
export const badQuery = (name: string, value: string, problem: string): StatusError =>
  refusal('BadRequest', `query parameter ${name}: invalid value ${JSON.stringify(value)}: ${problem}`, {
    causes: [{ reason: 'FieldValueInvalid', message: problem, field: name }],
  });

/** `pods "x" not found`, as the API server says it. */
export const notFound = (plural: string, name: string): StatusError =>
  refusal('NotFound', `${plural} ${JSON.stringify(name)} not found`, { name, kind: plural });

/** The path leads nowhere. */
export const noSuchPath = (): StatusError =>
  refusal('NotFound', 'the server could not find the requested resource');

export const methodNotAllowed = (message: string): StatusError => refusal('MethodNotAllowed', message);
