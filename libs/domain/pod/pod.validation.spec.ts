import { describe, expect, it } from '@jest/globals';
import type { ContainerSpec, PodSpec } from '#contracts/manifests/pod.manifest.js';
import { defaultPod, type PodDraft } from './pod.defaults.js';
import { validatePod } from './pod.validation.js';

type Meta = PodDraft['metadata'];
const errorsOf = (spec: object, metadata: Meta = { name: 'p' }): string[] => {
  const containers = [{ name: 'c', image: 'i' }];
  const draft = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers, ...spec } } as PodDraft;
  return validatePod(defaultPod(draft, { suffix: 'abcde' })).map(
    ({ field, message }) => `${field}: ${message}`,
  );
};
const container = (fields: Partial<ContainerSpec> | object) => ({
  containers: [{ name: 'c', image: 'i', ...fields }],
});

const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const qualified =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const labelValue =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

describe('validatePod', () => {
  it('finds nothing wrong with a plain pod', () => {
    expect(errorsOf({})).toEqual([]);
    expect(errorsOf({}, { generateName: 'job-' })).toEqual([]);
  });

  it.each<[string, Meta, string[]]>([
    ['no name', {}, ['metadata.name: Required value: name or generateName is required']],
    ['a bad name', { name: 'Bad_' }, [`metadata.name: Invalid value: "Bad_": ${subdomain}`]],
    [
      'a long name',
      { name: 'a'.repeat(254) },
      [`metadata.name: Invalid value: "${'a'.repeat(254)}": must be no more than 253 characters`],
    ],
    [
      'a bad namespace',
      { name: 'p', namespace: 'a.b' },
      [`metadata.namespace: Invalid value: "a.b": ${label}`],
    ],
    [
      'bad labels',
      { name: 'p', labels: { '-a': '?', '/x': 'ok', 'a/b/c': 'ok' } },
      [
        `metadata.labels: Invalid value: "-a": name part ${qualified}`,
        `metadata.labels: Invalid value: "?": ${labelValue}`,
        'metadata.labels: Invalid value: "/x": prefix part must be non-empty',
        `metadata.labels: Invalid value: "a/b/c": a qualified name ${qualified} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
      ],
    ],
    [
      'a bad annotation key',
      { name: 'p', annotations: { '': 'x' } },
      [
        'metadata.annotations: Invalid value: "": name part must be non-empty',
        `metadata.annotations: Invalid value: "": name part ${qualified}`,
      ],
    ],
    [
      'large annotations',
      { name: 'p', annotations: { a: 'é'.repeat(131_072) } },
      ['metadata.annotations: Too long: may not be more than 262144 bytes'],
    ],
  ])('metadata: %s', (_, metadata, errors) => {
    expect(errorsOf({}, metadata)).toEqual(errors);
  });

  it.each<[string, object, string[]]>([
    ['none', { containers: [] }, ['spec.containers: Required value']],
    [
      'neither name nor image',
      { containers: [{}] },
      ['spec.containers[0].name: Required value', 'spec.containers[0].image: Required value'],
    ],
    ['a bad name', container({ name: 'A_' }), [`spec.containers[0].name: Invalid value: "A_": ${label}`]],
    [
      'a name twice',
      {
        containers: [
          { name: 'c', image: 'i' },
          { name: 'c', image: 'i' },
        ],
      },
      ['spec.containers[1].name: Duplicate value: "c"'],
    ],
    [
      'blanks around the image',
      container({ image: ' i' }),
      ['spec.containers[0].image: Invalid value: " i": must not have leading or trailing whitespace'],
    ],
    [
      'a pull policy in the wrong case (IMG-10)',
      container({ imagePullPolicy: 'always' }),
      [
        'spec.containers[0].imagePullPolicy: Unsupported value: "always": supported values: "Always", "IfNotPresent", "Never"',
      ],
    ],
    [
      'bad environment names',
      container({ env: [{ name: 'A=B' }, { name: '' }, { name: '1 A/b' }] }),
      [
        `spec.containers[0].env[0].name: Invalid value: "A=B": a valid environment variable name must consist only of printable ASCII characters other than '='`,
        'spec.containers[0].env[1].name: Required value',
      ],
    ],
    [
      'bad ports',
      container({
        ports: [
          { containerPort: 0 },
          { containerPort: 70000, name: 'UP' },
          { containerPort: 1, hostPort: 80, name: 'w', protocol: 'ICMP' },
          { containerPort: 2, hostPort: 80, name: 'w', protocol: 'ICMP' },
        ],
      }),
      [
        'spec.containers[0].ports[0].containerPort: Required value',
        'spec.containers[0].ports[1].name: Invalid value: "UP": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        'spec.containers[0].ports[1].name: Invalid value: "UP": must contain at least one letter (a-z)',
        'spec.containers[0].ports[1].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
        'spec.containers[0].ports[2].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
        'spec.containers[0].ports[3].name: Duplicate value: "w"',
        'spec.containers[0].ports[3].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
        'spec.containers[0].ports[3].hostPort: Duplicate value: "ICMP//80"',
      ],
    ],
    [
      'a request above its limit',
      container({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }),
      [
        'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
      ],
    ],
    [
      'negative and unknown resources',
      container({ resources: { limits: { memory: '-1', 'nvidia.com/gpu': '1', disk: '1' } } }),
      [
        'spec.containers[0].resources.limits[memory]: Invalid value: "-1": must be greater than or equal to 0',
        'spec.containers[0].resources.limits[nvidia.com/gpu]: Forbidden: podbus does not hand out this resource yet',
        'spec.containers[0].resources.limits[disk]: Invalid value: "disk": must be a standard resource type or fully qualified',
        'spec.containers[0].resources.limits[disk]: Invalid value: "disk": must be a standard resource for containers',
        'spec.containers[0].resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0',
        'spec.containers[0].resources.requests[nvidia.com/gpu]: Forbidden: podbus does not hand out this resource yet',
        'spec.containers[0].resources.requests[disk]: Invalid value: "disk": must be a standard resource type or fully qualified',
        'spec.containers[0].resources.requests[disk]: Invalid value: "disk": must be a standard resource for containers',
      ],
    ],
    [
      'hooks without a handler or a command',
      container({ lifecycle: { postStart: {}, preStop: { exec: {} } } }),
      [
        'spec.containers[0].lifecycle.postStart: Required value: must specify a handler type',
        'spec.containers[0].lifecycle.preStop.exec.command: Required value',
      ],
    ],
    [
      'a bad termination message policy',
      container({ terminationMessagePolicy: 'Log' }),
      [
        'spec.containers[0].terminationMessagePolicy: Unsupported value: "Log": supported values: "File", "FallbackToLogsOnError"',
      ],
    ],
  ])('containers: %s', (_, spec, errors) => {
    expect(errorsOf(spec)).toEqual(errors);
  });

  it.each<[string, Partial<PodSpec> | object, string[]]>([
    [
      'restart policy',
      { restartPolicy: 'Sometimes' },
      [
        'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
      ],
    ],
    [
      'DNS policy',
      { dnsPolicy: 'Mine' },
      [
        'spec.dnsPolicy: Unsupported value: "Mine": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
      ],
    ],
    ['host name', { hostname: 'a.b' }, [`spec.hostname: Invalid value: "a.b": ${label}`]],
    ['node name', { nodeName: 'N_' }, [`spec.nodeName: Invalid value: "N_": ${subdomain}`]],
    ['node selector', { nodeSelector: { a: '_' } }, [`spec.nodeSelector: Invalid value: "_": ${labelValue}`]],
    [
      'tolerations',
      {
        tolerations: [
          {},
          { key: 'a', operator: 'Exists', value: 'x' },
          { key: 'a', operator: 'In' },
          { key: 'a', value: '?', effect: 'NoSchedule', tolerationSeconds: 5 },
          { key: 'a', effect: 'Never' },
          { operator: 'Exists' },
        ],
      },
      [
        'spec.tolerations[0].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys"',
        'spec.tolerations[1].operator: Invalid value: "x": value must be empty when `operator` is \'Exists\'',
        'spec.tolerations[2].operator: Unsupported value: "In": supported values: "Equal", "Exists"',
        'spec.tolerations[3].effect: Invalid value: "NoSchedule": effect must be \'NoExecute\' when `tolerationSeconds` is set',
        `spec.tolerations[3].operator: Invalid value: "?": ${labelValue}`,
        'spec.tolerations[4].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      ],
    ],
  ])('the pod: %s', (_, spec, errors) => {
    expect(errorsOf(spec)).toEqual(errors);
  });
});
