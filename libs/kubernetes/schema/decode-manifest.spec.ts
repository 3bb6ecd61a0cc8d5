import { describe, expect, it } from '@jest/globals';
import { decodeManifest } from './decode-manifest.js';
import { podSchema } from './pod.schema.js';

const bytes = (body: unknown) => Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
const decode = (body: unknown) => decodeManifest(bytes(body), podSchema);
const pod = (spec: object, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
  ...more,
});
const errorOf = (body: unknown): string => {
  const decoded = decode(body);
  return 'rejection' in decoded ? `${decoded.rejection.code} ${decoded.rejection.message}` : 'none';
};
const cannot = (why: string) => `400 Pod in version "v1" cannot be handled as a Pod: ${why}`;
const admitted = (body: unknown) => {
  const decoded = decode(body);
  if ('rejection' in decoded) throw new Error(decoded.rejection.message);
  return decoded;
};

describe('decodeManifest', () => {
  it('takes what kubectl run and kubectl apply send', () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}\n' };
    const { object, refusals, warnings } = admitted({
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: { name: 'p', creationTimestamp: null, labels: { run: 'p' }, annotations },
      spec: {
        containers: [
          {
            name: 'p',
            image: 'nginx',
            resources: {},
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
            imagePullPolicy: 'Always',
            securityContext: {},
          },
        ],
        restartPolicy: 'Always',
        dnsPolicy: 'ClusterFirst',
        securityContext: {},
        schedulerName: 'default-scheduler',
        enableServiceLinks: true,
        serviceAccountName: 'default',
        volumes: [],
        hostNetwork: false,
      },
      status: {},
    });
    expect({ refusals, warnings }).toEqual({ refusals: [], warnings: [] });
    expect(object.metadata).toEqual({ name: 'p', labels: { run: 'p' }, annotations });
    expect(object).not.toHaveProperty('status');
    expect(object.spec).not.toHaveProperty('volumes');
  });

  it('SYS-01 reads YAML as Kubernetes does', () => {
    const yaml = `
apiVersion: v1
kind: Pod
metadata: {name: p, annotations: {date: 2024-01-02, time: 12:30}}
spec:
  containers:
  - &c
    name: c
    image: i
    tty: yes
    resources: {limits: {cpu: 0.5, memory: 64Mi}}
  - {<<: *c, name: d}
`;
    const { object } = admitted(yaml);
    expect(object.metadata).toEqual({ name: 'p', annotations: { date: '2024-01-02', time: '12:30' } });
    const c = { name: 'c', image: 'i', tty: true, resources: { limits: { cpu: '0.5', memory: '64Mi' } } };
    expect(object.spec).toEqual({ containers: [c, { ...c, name: 'd' }] });
  });

  it.each<[string, unknown, string]>([
    [
      'unknown fields',
      pod({ foo: 1, containers: [{ name: 'c' }, { Image: 'i' }] }),
      cannot('strict decoding error: unknown field "spec.containers[1].Image", unknown field "spec.foo"'),
    ],
    [
      'a field that stands twice',
      '{"spec":{"restartPolicy":"Never","restartPolicy":"Always"}}',
      cannot('strict decoding error: duplicate field "spec.restartPolicy"'),
    ],
    [
      'a field that stands twice in YAML',
      'kind: Pod\nspec:\n  restartPolicy: Never\n  restartPolicy: Always\n',
      cannot('strict decoding error: yaml: line 4: key "restartPolicy" already set in map'),
    ],
    [
      'prototype keys',
      '{"__proto__":{"x":1},"spec":{"constructor":{},"__proto__":{}}}',
      cannot(
        'strict decoding error: unknown field "__proto__", unknown field "spec.constructor", unknown field "spec.__proto__"',
      ),
    ],
    [
      'a number for a string',
      pod({ containers: [{ name: 'c', env: [{ name: 'A', value: 1 }] }] }),
      cannot(
        'json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string',
      ),
    ],
    [
      'an object for a list',
      pod({ containers: {} }),
      cannot(
        'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
      ),
    ],
    [
      'a fraction for a whole number',
      pod({ terminationGracePeriodSeconds: 1.5 }),
      cannot(
        'json: cannot unmarshal number 1.5 into Go struct field PodSpec.spec.terminationGracePeriodSeconds of type int64',
      ),
    ],
    [
      'a list for labels',
      { metadata: { labels: ['a'] } },
      cannot(
        'json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string',
      ),
    ],
    [
      'a wrong type in a field that is refused',
      pod({ volumes: [{ name: 'v', hostPath: { path: 5 } }] }),
      cannot(
        'json: cannot unmarshal number into Go struct field HostPathVolumeSource.spec.volumes.hostPath.path of type string',
      ),
    ],
    [
      'no quantity',
      pod({ containers: [{ name: 'c', resources: { limits: { cpu: 'much' } } }] }),
      cannot("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"),
    ],
    ['a list as the whole', '[]', cannot('json: cannot unmarshal array into Go value of type v1.Pod')],
    [
      'another kind',
      { kind: 'Service' },
      '400 Service in version "v1" cannot be handled as a Pod: a Pod is expected here',
    ],
    [
      'another version',
      { apiVersion: 'v2' },
      '400 the API version in the data (v2) does not match the expected API version (v1)',
    ],
    ['nothing', ' \n', '400 the body is empty'],
    [
      'several documents',
      'kind: Pod\n---\nkind: Pod\n',
      '400 the body holds several YAML documents; send one a command',
    ],
  ])('refuses %s', (_, body, error) => {
    expect(errorOf(body)).toBe(error);
  });

  it.each([
    ['cut JSON', '{"kind":"Pod"', /^400 couldn't get version\/kind; json parse error: /],
    ['bad YAML', 'a: [', /^400 error converting YAML to JSON: yaml: /],
    [
      'deep JSON',
      `{"metadata":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
      /^400 .* cannot unmarshal array/,
    ],
    [
      'a NUL in JSON',
      '{"kind":"Pod","metadata":{"name":"a\\u0000b"}}',
      /^400 metadata\.name: a string must hold/,
    ],
    ['a NUL in YAML', 'kind: Pod\nmetadata: {name: "a\\0b"}', /^400 metadata\.name: a string must hold/],
    [
      'half a pair',
      '{"metadata":{"labels":{"a":"\\ud83d"}}}',
      /^400 metadata\.labels\.a: a string must hold/,
    ],
    ['raw control characters', '{\0\n', /^400 [^\0\n]*$/],
    ['deep YAML', '['.repeat(100_000), /^400 error converting YAML to JSON: yaml: /],
    ['a huge body', 'x'.repeat(1024 * 1024 + 1), /^413 Request entity too large: limit is 1048576$/],
  ])('survives %s', (_, body, error) => {
    expect(errorOf(body)).toMatch(error);
  });

  it('survives an alias bomb, and bytes that are no text', () => {
    const levels = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`);
    expect(errorOf(`a0: &a0 [x]\n${levels.join('\n')}\n`)).toMatch(/^400 .*[Ee]xcessive alias/);
    expect(decodeManifest(Uint8Array.of(0x7b, 0xff, 0xfe), podSchema)).toMatchObject({
      rejection: { code: 400, message: 'the body is not UTF-8' },
    });
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('names what is known, but not honoured', () => {
    const { refusals, warnings } = admitted(
      pod({
        initContainers: [{ name: 'i', livenessProbe: {}, securityContext: { runAsUser: 0 } }],
        hostNetwork: true,
        dnsPolicy: 'None',
        schedulerName: 'mine',
        automountServiceAccountToken: true,
        containers: [
          {
            name: 'c',
            securityContext: { allowPrivilegeEscalation: false },
            lifecycle: { preStop: { sleep: { seconds: 1 } } },
            resources: { limits: { 'ephemeral-storage': '1Gi' } },
          },
        ],
      }),
    );
    expect(refusals.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'spec.containers[0].securityContext: Forbidden: podbus does not apply security contexts yet',
      'spec.containers[0].lifecycle.preStop.sleep: Forbidden: podbus does not sleep as a hook yet',
      'spec.initContainers: Forbidden: podbus does not run init containers yet',
      "spec.hostNetwork: Forbidden: podbus does not put pods on their node's network yet",
      'spec.dnsPolicy: Forbidden: podbus does not configure the resolver of a pod yet: it is the one of the node, and `None` is refused',
      'spec.schedulerName: Forbidden: `default-scheduler` is the only one',
    ]);
    expect(warnings).toEqual([
      'spec.containers[0].resources.limits[ephemeral-storage]: podbus does not limit or count ephemeral storage yet',
      'spec.automountServiceAccountToken: podbus does not give pods a service account token yet',
    ]);
  });

  it('reads nulls as Go does', () => {
    const { object } = admitted(
      pod({ nodeSelector: { a: null }, containers: [{ command: [null, 'x'] }, null] }),
    );
    expect(object.spec).toEqual({ nodeSelector: { a: '' }, containers: [{ command: ['', 'x'] }, {}] });
  });
});
