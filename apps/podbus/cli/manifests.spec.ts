import { describe, expect, it } from '@jest/globals';
import { readManifests } from './manifests.js';

const shown = (text: string) => readManifests(text, 'f.yaml', 'team-a').map((document) => document.shown);

describe('manifests of a file', () => {
  it('are taken from several documents and lists', () => {
    const text =
      'kind: Pod\nmetadata: {name: a}\n---\n# nothing\n---\nkind: List\nitems:\n- kind: Namespace\n  metadata: {name: b}\n';
    expect(shown(text)).toEqual(['pod/a', 'namespace/b']);
  });

  it('get the namespace that was asked for, unless they name one or have none', () => {
    const text =
      'kind: Pod\nmetadata: {name: a}\n---\nkind: Pod\nmetadata: {name: b, namespace: mine}\n---\nkind: Namespace\nmetadata: {name: c}\n';
    const namespaces = readManifests(text, 'f', 'team-a').map(
      ({ body }) => (body.metadata as { namespace?: string }).namespace,
    );
    expect(namespaces).toEqual(['team-a', 'mine', undefined]);
  });

  it('may be JSON, and need no name with generateName', () => {
    expect(shown('{"kind":"Pod","metadata":{"generateName":"job-"}}')).toEqual(['pod/job-']);
  });

  it('say where they are broken', () => {
    expect(() => shown('a: b: c')).toThrow(/^f.yaml: /);
    expect(() => shown('- just\n- a list')).toThrow(
      'f.yaml: a document in it is no Kubernetes object: it has no kind',
    );
  });
});
