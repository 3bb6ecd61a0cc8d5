import type {
  ContainerPort,
  ContainerSpec,
  EnvVar,
  LifecycleHandler,
} from '#contracts/manifests/pod.manifest.js';
import type { StatusCause } from '#contracts/status.js';
import { causes } from '../validation/causes.js';
import { dnsLabel, envVarName, portName, portNumber } from '../validation/names.js';
import { textCauses } from '../validation/object-meta.validation.js';
import { validateResources } from './pod.validation-resources.js';

/** Containers on their own and beside each other: names and host ports are unique in a pod. */
export function validateContainers(field: string, containers: ContainerSpec[]): StatusCause[] {
  if (containers.length === 0) return [causes.required(field)];
  const names = new Set<string>();
  const found = containers.flatMap((container, i) => {
    const path = `${field}[${i}]`;
    const isRepeated = container.name !== '' && names.has(container.name);
    names.add(container.name);
    return [
      ...validateContainer(path, container),
      ...(isRepeated ? [causes.duplicate(`${path}.name`, container.name)] : []),
      ...validateLifecycle(`${path}.lifecycle`, container.lifecycle),
    ];
  });
  return [...found, ...validateHostPorts(field, containers)];
}

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];
const messagePolicies = ['File', 'FallbackToLogsOnError'];

function validateContainer(path: string, container: ContainerSpec): StatusCause[] {
  const {
    name,
    image,
    imagePullPolicy,
    terminationMessagePolicy = 'File',
    ports,
    env,
    resources,
  } = container;
  const found: StatusCause[] = [];
  if (name === '') found.push(causes.required(`${path}.name`));
  else found.push(...textCauses(`${path}.name`, name, dnsLabel));
  if (image === '') found.push(causes.required(`${path}.image`));
  else if (image.trim() !== image) {
    found.push(causes.invalid(`${path}.image`, image, 'must not have leading or trailing whitespace'));
  }
  if (!messagePolicies.includes(terminationMessagePolicy)) {
    const field = `${path}.terminationMessagePolicy`;
    found.push(causes.notSupported(field, terminationMessagePolicy, messagePolicies));
  }
  if (ports) found.push(...validatePorts(`${path}.ports`, ports));
  if (env) found.push(...validateEnv(`${path}.env`, env));
  if (!pullPolicies.includes(imagePullPolicy)) {
    found.push(causes.notSupported(`${path}.imagePullPolicy`, imagePullPolicy, pullPolicies));
  }
  if (resources) found.push(...validateResources(`${path}.resources`, resources));
  return found;
}

const protocols = ['SCTP', 'TCP', 'UDP'];

function validatePorts(field: string, ports: ContainerPort[]): StatusCause[] {
  const names = new Set<string>();
  return ports.flatMap(({ name, containerPort, hostPort, hostIP, protocol = 'TCP' }, i) => {
    const path = `${field}[${i}]`;
    const found: StatusCause[] = [];
    if (name) {
      const bad = textCauses(`${path}.name`, name, portName);
      found.push(...bad);
      if (bad.length === 0 && names.has(name)) found.push(causes.duplicate(`${path}.name`, name));
      names.add(name);
    }
    if (!containerPort) found.push(causes.required(`${path}.containerPort`));
    else found.push(...numberCauses(`${path}.containerPort`, containerPort));
    if (hostPort) found.push(...numberCauses(`${path}.hostPort`, hostPort));
    if (hostIP && !/^[0-9a-fA-F:.]+$/.test(hostIP)) {
      const detail = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
      found.push(causes.invalid(`${path}.hostIP`, hostIP, detail));
    }
    if (!protocols.includes(protocol)) {
      found.push(causes.notSupported(`${path}.protocol`, protocol, protocols));
    }
    return found;
  });
}

const numberCauses = (field: string, port: number): StatusCause[] =>
  portNumber(port).map((detail) => causes.invalid(field, port, detail));

const validateEnv = (field: string, env: EnvVar[]): StatusCause[] =>
  env.flatMap(({ name }, i) =>
    name ? textCauses(`${field}[${i}].name`, name, envVarName) : [causes.required(`${field}[${i}].name`)],
  );

function validateLifecycle(field: string, lifecycle: ContainerSpec['lifecycle']): StatusCause[] {
  if (!lifecycle) return [];
  const { postStart, preStop } = lifecycle;
  return [
    ...(postStart ? validateHandler(`${field}.postStart`, postStart) : []),
    ...(preStop ? validateHandler(`${field}.preStop`, preStop) : []),
  ];
}

/** Behaviour 10.8. */
function validateHandler(field: string, { exec }: LifecycleHandler): StatusCause[] {
  if (!exec) return [causes.required(field, 'must specify a handler type')];
  return exec.command?.length ? [] : [causes.required(`${field}.exec.command`)];
}

function validateHostPorts(field: string, containers: ContainerSpec[]): StatusCause[] {
  const taken = new Set<string>();
  return containers.flatMap(({ ports = [] }, i) =>
    ports.flatMap(({ hostPort, hostIP = '', protocol = 'TCP' }, j) => {
      if (!hostPort) return [];
      const key = `${protocol}/${hostIP}/${hostPort}`;
      const isTaken = taken.has(key);
      taken.add(key);
      return isTaken ? [causes.duplicate(`${field}[${i}].ports[${j}].hostPort`, key)] : [];
    }),
  );
}
