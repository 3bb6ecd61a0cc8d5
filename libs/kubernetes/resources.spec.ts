import { describe, expect, it } from '@jest/globals';
import {
  aggregatedDiscovery,
  apiGroup,
  apiGroupList,
  apiResourceList,
  apiVersions,
  versionDocument,
  wantsAggregatedDiscovery,
} from './discovery.js';
import { openApiDocument, openApiIndex } from './openapi.js';
import { tableShapes } from './render/tables.js';
import { resources } from './resources.js';

describe('discovery', () => {
  it('names the core group and its resources', () => {
    expect(apiVersions('127.0.0.1:7070')).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    const pods = apiResourceList('v1')?.resources.find(({ name }) => name === 'pods');
    expect(pods).toEqual({
      name: 'pods',
      singularName: 'pod',
      namespaced: true,
      kind: 'Pod',
      verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
      shortNames: ['po'],
      categories: ['all'],
    });
  });

  it('knows no other group', () => {
    expect(apiGroupList().groups).toEqual([]);
    expect(apiGroup('apps')).toBeUndefined();
    expect(apiResourceList('apps/v1')).toBeUndefined();
  });

  it('answers in one document to those who ask for it', () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
    expect(wantsAggregatedDiscovery(accept)).toBe(true);
    expect(wantsAggregatedDiscovery('application/json')).toBe(false);
    expect(wantsAggregatedDiscovery(undefined)).toBe(false);
    expect(aggregatedDiscovery('named').items).toEqual([]);
    const [core] = aggregatedDiscovery('core').items;
    expect(core?.versions[0]?.resources.map(({ resource, scope }) => `${resource}/${scope}`)).toEqual([
      ...['events/Namespaced', 'namespaces/Cluster', 'nodes/Cluster', 'pods/Namespaced'],
      ...['secrets/Namespaced', 'serviceaccounts/Namespaced'],
    ]);
  });

  it('says which Kubernetes it follows', () => {
    expect(versionDocument({ os: 'linux', architecture: 'amd64' })).toMatchObject({
      ...{ major: '1', minor: '32', gitVersion: 'v1.32.0+podbus', platform: 'linux/amd64' },
    });
  });
});

describe('OpenAPI', () => {
  interface Document {
    paths: Record<string, Record<string, { parameters: { name: string }[] } & Record<string, unknown>>>;
    components: { schemas: Record<string, { properties: Record<string, { description?: string }> }> };
  }
  const document = openApiDocument('api/v1') as unknown as Document;

  it('tells kubectl that the server checks fields', () => {
    const { patch } = document.paths['/api/v1/namespaces/{namespace}/pods/{name}']!;
    expect(patch).toMatchObject({
      'x-kubernetes-group-version-kind': { group: '', version: 'v1', kind: 'Pod' },
    });
    expect(patch?.parameters.map(({ name }) => name)).toContain('fieldValidation');
  });

  it('tells which patches there are, and how lists are merged', () => {
    const { patch, put } = document.paths['/api/v1/namespaces/{namespace}/pods/{name}']!;
    expect(patch?.requestBody).toEqual({
      required: true,
      content: {
        'application/json-patch+json': {},
        'application/merge-patch+json': {},
        'application/strategic-merge-patch+json': {},
      },
    });
    expect(put).toMatchObject({ 'x-kubernetes-action': 'put' });
    expect(document.paths['/api/v1/nodes/{name}']?.patch?.requestBody).toBeUndefined();
    const { containers, tolerations } = document.components.schemas['io.k8s.api.core.v1.PodSpec']!.properties;
    const merged = { 'x-kubernetes-patch-strategy': 'merge', 'x-kubernetes-patch-merge-key': 'name' };
    expect(containers).toMatchObject(merged);
    expect(tolerations).not.toHaveProperty(['x-kubernetes-patch-strategy']);
  });

  it('describes every field of a pod with what podbus does with it', () => {
    const spec = document.components.schemas['io.k8s.api.core.v1.PodSpec']!;
    expect(spec.properties).toHaveProperty('containers');
    expect(spec.properties.hostNetwork?.description).toMatch(/^Refused: /);
  });

  it('refers only to schemas that it holds', () => {
    const references = JSON.stringify(document).match(/#\/components\/schemas\/[^"]+/g) ?? [];
    const held = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect(references.filter((one) => !held.includes(one))).toEqual([]);
  });

  it('lists its documents with a hash that changes only with them', () => {
    expect(openApiIndex()).toEqual(openApiIndex());
    expect(openApiIndex()).toMatchObject({
      paths: {
        'api/v1': {
          serverRelativeURL: expect.stringMatching(/^\/openapi\/v3\/api\/v1\?hash=[0-9A-F]{128}$/),
        },
      },
    });
    expect(openApiDocument('apis/apps/v1')).toBeUndefined();
  });
});

it('every resource has a table', () => {
  expect(resources.map(({ row }) => row).sort()).toEqual(Object.keys(tableShapes).sort());
});
