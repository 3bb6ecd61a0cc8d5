import { describe, expect, it } from '@jest/globals';
import { ConfigError, loadConfig } from './config.js';

const read = (env: Record<string, string>, files: Record<string, string> = {}) =>
  loadConfig({
    env,
    cwd: '/somewhere',
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`);
      return text;
    },
    exists: (path) => path in files,
  });

const problems = (...args: Parameters<typeof read>): string[] => {
  try {
    read(...args);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

describe('configuration', () => {
  it('has a default for everything', () => {
    expect(read({})).toMatchObject({
      home: '/somewhere/.podbus',
      http: { host: '127.0.0.1', port: 7070 },
      natsUrl: undefined,
      natsPort: 0,
      kubelet: { serializeImagePulls: true, maxPods: 110 },
      logLevel: 'info',
    });
  });

  it('reads the environment, and leaves what is not ours alone', () => {
    const config = read({
      PATH: '/bin',
      PODBUS_HTTP: '[::1]:0',
      PODBUS_CONTAINERD_ADDRESS: '/run/containerd/containerd.sock',
      PODBUS_NODE_NAME: 'node-a.example',
    });
    expect(config.http).toEqual({ host: '::1', port: 0 });
    expect(config.containerdAddress).toBe('unix:///run/containerd/containerd.sock');
    expect(config.nodeName).toBe('node-a.example');
  });

  it('counts an empty value as unset', () => {
    expect(read({ PODBUS_NATS_URL: '', PODBUS_HTTP: '' })).toMatchObject({
      natsUrl: undefined,
      http: { port: 7070 },
    });
  });

  it('tells every problem at once, each with its variable', () => {
    expect(
      problems({
        PODBUS_HTPP: 'x',
        PODBUS_HTTP: '7070',
        PODBUS_NATS_PORT: '70000',
        PODBUS_POSTGRES_URL: 'x',
      }),
    ).toEqual([
      'PODBUS_HTPP is not a setting of podbus; did you mean PODBUS_HTTP?',
      'PODBUS_HTTP=7070 is not an address of the form host:port, such as 127.0.0.1:7070',
      'PODBUS_POSTGRES_URL=… is not a url of the form postgres://host:port',
      'PODBUS_NATS_PORT=70000 is not a port (0 to 65535)',
    ]);
  });

  it.each([
    ['lines', 'PODBUS_HTTP="127.0.0.1:8080"\n# a comment\nexport PODBUS_NODE_NAME=node-b\n'],
    ['YAML', '# a comment\nPODBUS_HTTP: 127.0.0.1:8080\nPODBUS_NODE_NAME: node-b\n'],
  ])('reads a file of %s under the environment', (_, text) => {
    const config = read(
      { PODBUS_CONFIG: '/etc/podbus', PODBUS_NODE_NAME: 'node-env' },
      { '/etc/podbus': text },
    );
    expect(config.http.port).toBe(8080);
    expect(config.nodeName).toBe('node-env');
  });

  it('says which file could not be read, and what stands in it that should not', () => {
    expect(problems({ PODBUS_CONFIG: '/absent' })[0]).toMatch(/^PODBUS_CONFIG=\/absent: ENOENT/);
    expect(problems({ PODBUS_CONFIG: '/f' }, { '/f': 'PODBUS_HTTP=127.0.0.1:1\nnonsense' })).toEqual([
      'PODBUS_CONFIG=/f: line 2 is not of the form NAME=value: nonsense',
    ]);
    expect(problems({ PODBUS_CONFIG: '/f' }, { '/f': 'HTTP: 127.0.0.1:1' })).toEqual([
      'HTTP is not a setting of podbus',
    ]);
  });

  it('refuses unknown gates and plugins, and gates that are locked', () => {
    expect(problems({ PODBUS_FEATURE_GATES: 'Nope=true', PODBUS_ADMISSION_PLUGINS: 'Nope' })).toEqual([
      expect.stringMatching(/^PODBUS_ADMISSION_PLUGINS=Nope names an unknown admission plugin "Nope"/),
      'PODBUS_FEATURE_GATES=Nope=true names an unrecognized feature gate: Nope',
    ]);
    expect(problems({ PODBUS_FEATURE_GATES: 'SidecarContainers=yes' })).toHaveLength(1);
    expect(problems({ PODBUS_FEATURE_GATES: 'SidecarContainers=true' })[0]).toMatch(/is locked to false/);
  });

  it('does not print the password of a url', () => {
    expect(problems({ PODBUS_NATS_URL: 'http://u:hunter2@h' })[0]).not.toContain('hunter2');
  });
});

describe('PODBUS_KUBELET_CONFIG', () => {
  const head = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';
  const kubelet = (body: string) => [{ PODBUS_KUBELET_CONFIG: '/k' }, { '/k': `${head}${body}` }] as const;

  it('is read', () => {
    const config = read(...kubelet('serializeImagePulls: false\nmaxParallelImagePulls: 3\nmaxPods: 20'));
    expect(config.kubelet).toMatchObject({
      serializeImagePulls: false,
      maxParallelImagePulls: 3,
      maxPods: 20,
    });
  });

  it.each([
    ['serializeImagePull: false', 'unknown field "serializeImagePull"'],
    [
      'maxParallelImagePulls: 2',
      'invalid configuration: maxParallelImagePulls cannot be larger than 1 unless SerializeImagePulls (--serialize-image-pulls) is set to false',
    ],
    ['maxParallelImagePulls: 0', 'invalid configuration: maxParallelImagePulls 0 must be a positive number'],
    ['maxPods: many', 'maxPods must be a whole number, not "many"'],
    ['maxPods: 1\nmaxPods: 2', expect.stringContaining('Map keys must be unique')],
    ['featureGates: {Nope: true}', 'featureGates names an unrecognized feature gate: Nope'],
  ])('IMG-17 %s stops the start', (body, message) => {
    const [problem] = problems(...kubelet(body));
    expect(problem?.startsWith('PODBUS_KUBELET_CONFIG=/k: ')).toBe(true);
    expect(problem?.slice('PODBUS_KUBELET_CONFIG=/k: '.length)).toEqual(message);
  });

  it('warns of fields that Kubernetes knows and podbus does not honour', () => {
    expect(read(...kubelet('evictionHard: {}')).warnings).toEqual([
      'PODBUS_KUBELET_CONFIG=/k: evictionHard is not honoured by podbus and changes nothing',
    ]);
  });

  it('is of that kind and version', () => {
    expect(problems({ PODBUS_KUBELET_CONFIG: '/k' }, { '/k': 'kind: Pod\napiVersion: v1' })[0]).toMatch(
      /it is v1, Pod, and not kubelet.config.k8s.io\/v1beta1, KubeletConfiguration/,
    );
  });
});

describe('PODBUS_IMAGE_CREDENTIAL_PROVIDER_CONFIG', () => {
  const text = `apiVersion: kubelet.config.k8s.io/v1
kind: CredentialProviderConfig
providers:
- {name: ecr, matchImages: ['*.ecr.example'], defaultCacheDuration: 12h, apiVersion: credentialprovider.kubelet.k8s.io/v1}
`;
  const both = {
    PODBUS_IMAGE_CREDENTIAL_PROVIDER_CONFIG: '/c',
    PODBUS_IMAGE_CREDENTIAL_PROVIDER_BIN_DIR: '/bin',
  };

  it('IMG-21 is read, with the directory of its plugins', () => {
    const { credentialProviders } = read(both, { '/c': text, '/bin': '', '/bin/ecr': '' });
    expect(credentialProviders).toMatchObject({ binDir: '/bin', providers: [{ name: 'ecr' }] });
    expect(read({}).credentialProviders).toBeUndefined();
  });

  it.each([
    [
      { PODBUS_IMAGE_CREDENTIAL_PROVIDER_CONFIG: '/c' },
      {},
      /_CONFIG=\/c needs PODBUS_IMAGE_CREDENTIAL_PROVIDER_BIN_DIR/,
    ],
    [
      { PODBUS_IMAGE_CREDENTIAL_PROVIDER_BIN_DIR: '/bin' },
      {},
      /_BIN_DIR=\/bin needs PODBUS_IMAGE_CREDENTIAL_PROVIDER_CONFIG/,
    ],
    [both, { '/c': text }, /_BIN_DIR=\/bin: plugin binary directory \/bin did not exist$/],
    [both, { '/c': text, '/bin': '' }, /_CONFIG=\/c: plugin binary executable \/bin\/ecr did not exist$/],
    [both, { '/bin': '' }, /_CONFIG=\/c: ENOENT/],
    [both, { '/c': text.replace('12h', '-1s'), '/bin': '' }, /must be greater than or equal to 0$/],
  ] as [Record<string, string>, Record<string, string>, RegExp][])(
    'IMG-21 %j stops the start',
    (env, files, message) => {
      expect(problems(env, files)).toEqual([expect.stringMatching(message)]);
    },
  );
});
