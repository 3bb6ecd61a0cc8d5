import { createHash } from 'node:crypto';
import { componentsOf, type OpenApiSchema, referenceTo } from './openapi.schemas.js';
import { apiVersionOf, type Resource, resources } from './resources.js';

/** `GET /openapi/v3`: which documents there are; the hash lets clients cache them. */
export function openApiIndex(): Record<string, unknown> {
  const versions = [...new Map(resources.map((one) => [pathOf(one), one])).values()];
  const paths = versions.map((one) => {
    const document = JSON.stringify(openApiDocument(pathOf(one)));
    const hash = createHash('sha512').update(document).digest('hex').toUpperCase();
    return [pathOf(one), { serverRelativeURL: `/openapi/v3/${pathOf(one)}?hash=${hash}` }];
  });
  return { paths: Object.fromEntries(paths) };
}

/**
 * `GET /openapi/v3/<path>`, the path being `api/v1` or `apis/<group>/<version>`; undefined for an unknown one. Enough for
 * `kubectl create`, `apply` and `explain`: the `patch` operation with `fieldValidation` tells kubectl that manifests
 * are checked by the server, whichever operations it then uses; the media types of its body are there only where
 * patches really are.
 */
export function openApiDocument(path: string): Record<string, unknown> | undefined {
  const found = resources.filter((one) => pathOf(one) === path);
  if (found.length === 0) return undefined;
  return {
    openapi: '3.0.0',
    info: { title: 'podbus', version: 'v1.32.0' },
    paths: Object.fromEntries(found.flatMap(pathsOf)),
    components: {
      schemas: Object.assign(
        {},
        ...found.map((one) => componentsOf(one.objectKind, gvkOf(one), one.command?.schema)),
      ),
    },
  };
}

const pathOf = (one: Resource): string => `${one.group ? 'apis' : 'api'}/${apiVersionOf(one)}`;
const gvkOf = ({ group, version, objectKind }: Resource) => ({ group, version, kind: objectKind });

function pathsOf(one: Resource): [string, Record<string, unknown>][] {
  const collection = `/${pathOf(one)}/${one.namespaced ? 'namespaces/{namespace}/' : ''}${one.plural}`;
  const verbs = one.command?.verbs ?? [];
  const checked = ['dryRun', 'fieldManager', 'fieldValidation'];
  const inNamespace = one.namespaced ? [parameter('namespace', 'path')] : [];
  const post = verbs.includes('create') ? { post: operation(one, 'post', checked) } : {};
  const remove = verbs.includes('delete') ? { delete: operation(one, 'delete', ['gracePeriodSeconds']) } : {};
  const put = verbs.includes('update') ? { put: operation(one, 'put', checked) } : {};
  const patchBody = verbs.includes('patch') ? { requestBody: patchContent } : {};
  const selected = ['labelSelector', 'fieldSelector', 'limit', 'continue', 'watch', 'resourceVersion', 'at'];
  return [
    [collection, { parameters: inNamespace, get: operation(one, 'list', selected), ...post }],
    [
      `${collection}/{name}`,
      {
        parameters: [parameter('name', 'path'), ...inNamespace],
        get: operation(one, 'get', ['resourceVersion', 'at']),
        ...put,
        patch: { ...operation(one, 'patch', checked), ...patchBody },
        ...remove,
      },
    ],
  ];
}

const patchContent: OpenApiSchema = {
  required: true,
  content: Object.fromEntries(
    ['json-patch', 'merge-patch', 'strategic-merge-patch'].map((type) => [`application/${type}+json`, {}]),
  ),
};

const operation = (one: Resource, action: string, query: string[]): OpenApiSchema => ({
  operationId: `${action}${one.objectKind}`,
  parameters: query.map((name) => parameter(name, 'query')),
  responses: {
    200: { description: 'OK', content: { 'application/json': { schema: referenceTo(one.objectKind) } } },
  },
  'x-kubernetes-action': action,
  'x-kubernetes-group-version-kind': gvkOf(one),
});

const parameter = (name: string, place: 'path' | 'query'): OpenApiSchema => ({
  name,
  in: place,
  ...(place === 'path' ? { required: true } : {}),
  schema: { type: 'string', uniqueItems: true },
});
