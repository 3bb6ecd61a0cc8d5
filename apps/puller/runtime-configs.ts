import { type ContainerConfig, runtimeLabels, type SandboxConfig } from '#contracts/ports/runtime.port.js';
import { environmentOf } from '#domain/environment/container-environment.js';
import { hostnameOf } from '#domain/environment/hostname.js';
import { linuxResourcesOf } from '#domain/environment/linux-resources.js';
import { containerOf, type PodState, specOf } from '#domain/pod/pod.state.js';
import { qosOf } from '#domain/pod/qos.js';
import { quantityReader } from '#domain/scheduling/quantity.js';
import type { PullerContext } from './puller.context.js';

/** The pod's sandbox in CRI terms; the same for the same pod and attempt. */
export function sandboxConfigOf(context: PullerContext, pod: PodState, attempt: number): SandboxConfig {
  const { metadata, spec } = pod.manifest;
  return {
    podName: pod.name,
    podNamespace: pod.namespace,
    podUid: pod.uid,
    attempt,
    hostname: hostnameOf(pod.manifest),
    logDirectory: context.logs.directoryOf(pod),
    labels: { ...metadata.labels, ...identity(context, pod) },
    annotations: metadata.annotations ?? {},
    portMappings: spec.containers
      .flatMap(({ ports = [] }) => ports)
      .filter(({ hostPort }) => hostPort)
      .map(({ protocol = 'TCP', containerPort, hostPort = 0, hostIP = '' }) => ({
        protocol,
        containerPort,
        hostPort,
        hostIP,
      })),
    cgroupParent: context.cgroupParent,
  };
}

/** One instance of a container in CRI terms; `hostsFile` is the path of what it has as `/etc/hosts`. */
export function containerConfigOf(
  context: PullerContext,
  pod: PodState,
  container: string,
  hostsFile: string,
): ContainerConfig {
  const spec = specOf(pod, container);
  const { instance, image } = containerOf(pod, container);
  const { env, command, args } = environmentOf(spec);
  return {
    name: container,
    attempt: instance,
    imageId: image?.imageId ?? '',
    image: image?.name ?? spec.image,
    command,
    args,
    workingDir: spec.workingDir ?? '',
    env,
    mounts: [{ hostPath: hostsFile, containerPath: '/etc/hosts', readOnly: false }],
    labels: { ...identity(context, pod), [runtimeLabels.containerName]: container },
    annotations: { 'io.kubernetes.container.restartCount': String(instance) },
    logPath: `${container}/${instance}.log`,
    stdin: spec.stdin ?? false,
    stdinOnce: spec.stdinOnce ?? false,
    tty: spec.tty ?? false,
    linux: linuxResourcesOf(spec.resources, qosOf(pod.manifest), context.nodeMemoryBytes, quantityReader),
  };
}

const identity = (context: PullerContext, pod: PodState): Record<string, string> => ({
  [runtimeLabels.podName]: pod.name,
  [runtimeLabels.podNamespace]: pod.namespace,
  [runtimeLabels.podUid]: pod.uid,
  [runtimeLabels.node]: context.node,
});
