import { type Query, textOf } from '../http/query.js';
import { refusal } from '../http/status-error.js';

export interface DeleteRequest {
  gracePeriodSeconds?: number;
  uid?: string;
}

/**
 * `metav1.DeleteOptions` of body and query; the query wins where both speak, as in Kubernetes. What podbus cannot honour
 * is refused, not ignored; propagation policies are taken, since nothing here has dependents.
 */
export function deleteRequestOf(body: Record<string, unknown> | undefined, query: Query): DeleteRequest {
  if (body && body.kind !== undefined && body.kind !== 'DeleteOptions')
    throw refusal('BadRequest', `the body of a delete is a DeleteOptions, not a ${String(body.kind)}`);
  refuseDryRun(body?.dryRun ?? query.dryRun);
  const preconditions = (body?.preconditions ?? {}) as Record<string, unknown>;
  if (preconditions.resourceVersion !== undefined)
    throw unsupported('preconditions.resourceVersion', 'podbus checks preconditions.uid only');
  const uid = preconditions.uid;
  const grace = textOf(query, 'gracePeriodSeconds') ?? body?.gracePeriodSeconds;
  return {
    ...(grace === undefined || grace === null ? {} : { gracePeriodSeconds: seconds(grace) }),
    ...(typeof uid === 'string' && uid !== '' ? { uid } : {}),
  };
}

/** Dry runs are not there yet; running for real in their place would be the worst answer. */
export function refuseDryRun(dryRun: unknown): void {
  const values = Array.isArray(dryRun) ? dryRun : dryRun === undefined || dryRun === '' ? [] : [dryRun];
  if (values.length > 0) throw unsupported('dryRun', 'podbus has no dry run');
}

function seconds(value: unknown): number {
  const isScalar = typeof value !== 'object';
  const grace = isScalar ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(grace) || grace < 0) {
    const message = 'must be a whole number, zero or more';
    throw refusal(
      'Invalid',
      `gracePeriodSeconds: Invalid value: ${isScalar ? JSON.stringify(value) : typeof value}: ${message}`,
      {
        causes: [{ reason: 'FieldValueInvalid', message, field: 'gracePeriodSeconds' }],
      },
    );
  }
  return grace;
}

const unsupported = (field: string, problem: string) =>
  refusal('BadRequest', `${field} is not supported: ${problem}`, {
    causes: [{ reason: 'FieldValueNotSupported', message: problem, field }],
  });
