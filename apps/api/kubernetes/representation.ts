import { type IncludeObject, renderTable } from '#kubernetes/render/table.js';
import { tableShapes } from '#kubernetes/render/tables.js';
import { apiVersionOf, type Resource } from '#kubernetes/resources.js';
import { type Query, textOf } from '../http/query.js';
import { badQuery } from '../http/status-error.js';
import { encodeContinue } from './continue-token.js';
import type { ObjectPage } from './object-rows.js';

export const tableContentType = 'application/json;as=Table;v=v1;g=meta.k8s.io';

/** A list of objects, joined from their texts without being parsed. */
export const listText = (resource: Resource, page: ObjectPage): string =>
  `{"kind":"${resource.objectKind}List","apiVersion":"${apiVersionOf(resource)}","metadata":${JSON.stringify(
    listMetadata(page),
  )},"items":[${page.items.join(',')}]}`;

/** Metadata of a list. The count of what remains is exact, with selectors too. */
export function listMetadata({ position, last, remaining }: ObjectPage): Record<string, unknown> {
  return {
    resourceVersion: String(position),
    ...(last ? { continue: encodeContinue({ position, after: last }), remainingItemCount: remaining } : {}),
  };
}

export interface TableRequest {
  resource: Resource;
  includeObject: IncludeObject;
  /** Ages are counted to here. */
  nowMs: number;
}

/** Reads `includeObject`. */
export function tableRequestOf(resource: Resource, query: Query, nowMs: number): TableRequest {
  const includeObject = textOf(query, 'includeObject') ?? 'Metadata';
  if (includeObject !== 'None' && includeObject !== 'Metadata' && includeObject !== 'Object')
    throw badQuery('includeObject', includeObject, 'must be None, Metadata or Object');
  return { resource, includeObject, nowMs };
}

export const tableText = (
  { resource, includeObject, nowMs }: TableRequest,
  items: readonly string[],
  metadata: Record<string, unknown>,
): string => {
  const docs = items.map((text) => JSON.parse(text) as unknown);
  return JSON.stringify(renderTable(tableShapes[resource.row], docs, { nowMs, includeObject, metadata }));
};
