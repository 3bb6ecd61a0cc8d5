import { join } from 'node:path';
import { type DynamicModule, Module } from '@nestjs/common';
import type { NodeFacts } from '#contracts/manifests/node.manifest.js';
import type { RuntimePort } from '#contracts/ports/runtime.port.js';
import { kubernetesTimings, type PodTimings } from '#domain/pod/pod.timings.js';
import { LogPullSecrets } from '#event-log/log-pull-secrets.adapter.js';
import type { PodbusConfig } from '#host/config.js';
import { dockerConfigPlaces, NodeCredentials } from '#host/credentials/node-credentials.adapter.js';
import { readMachine } from '#host/machine.js';
import { nodeFacts } from '#host/node-facts.js';
import { podbusVersion } from '#host/version.js';
import type { Infrastructure } from '../infrastructure.js';
import { LeaderService } from '../leader.service.js';
import { DiskHostsFiles } from './hosts-files.adapter.js';
import { openImages } from './images/images.worker.js';
import { NodeRegistration } from './node-registration.js';
import { NodeWorker } from './node-worker.js';
import { DiskPodLogs } from './pod-logs.adapter.js';
import { PrepullWorker } from './prepull.worker.js';
import { type PullLimits, PullQueue } from './pull-queue.js';
import type { PullerContext } from './puller.context.js';

const relistMs = 10_000;
const beatMs = 5_000;

/** The node's worker: pods, and the node's own registration, led by one replica a node. */
@Module({})
export class PullerModule {
  static with(infrastructure: Infrastructure, runtime: RuntimePort): DynamicModule {
    const { config, leadership, feed, log, clock, ids, heartbeat, logger } = infrastructure;
    const node = config.nodeName;
    const warn = (message: string, error: unknown) => logger.warn({ err: error }, message);
    const facts = () => factsOf(config, runtime);
    const registration = { node, log, feed, heartbeat, clock, ids, facts, beatMs, warn };
    const lead = async (signal: AbortSignal) => {
      const { images, run } = openImages(infrastructure, runtime);
      const nodeCredentials = openCredentials(infrastructure);
      signal.addEventListener('abort', () => nodeCredentials.close(), { once: true });
      // One for both: pods and pre-pulls share the queue.
      const context = contextOf(infrastructure, { runtime, images, nodeCredentials });
      const parts = [
        new NodeRegistration(registration),
        new NodeWorker(context, feed, { relistMs }),
        new PrepullWorker(context, feed),
      ];
      await Promise.all([...parts.map((part) => part.run(signal)), run(signal)]);
    };
    const provider = {
      provide: LeaderService,
      useValue: new LeaderService(leadership, `puller/${node}`, lead),
    };
    return { module: PullerModule, providers: [provider] };
  }
}

function openCredentials({ config, clock, logger }: Infrastructure): NodeCredentials {
  return new NodeCredentials({
    docker: dockerConfigPlaces(config, { env: process.env, cwd: process.cwd() }),
    providers: config.credentialProviders,
    clock,
    env: process.env,
    warn: (message) => logger.warn(message),
  });
}

function contextOf(
  infrastructure: Infrastructure,
  node: Pick<PullerContext, 'runtime' | 'images' | 'nodeCredentials'>,
): PullerContext {
  const { config, log, vault, clock, logger, progress } = infrastructure;
  return {
    node: config.nodeName,
    log,
    ...node,
    clock,
    timings: timingsOf(config),
    pulls: new PullQueue(clock, pullLimitsOf(config)),
    progress,
    pullSecrets: new LogPullSecrets(log, vault),
    logs: new DiskPodLogs(join(config.home, 'pods')),
    hosts: new DiskHostsFiles(join(config.home, 'hosts')),
    nodeMemoryBytes: readMachine(config.home).memoryBytes,
    cgroupParent: '',
    defaultRegistry: config.defaultRegistry,
    warn: (message, error) => logger.warn({ err: error }, message),
  };
}

function pullLimitsOf({ kubelet }: PodbusConfig): PullLimits {
  const { maxParallelImagePulls = Number.POSITIVE_INFINITY, registryPullQPS, registryBurst } = kubelet;
  const slots = kubelet.serializeImagePulls ? 1 : maxParallelImagePulls;
  return { slots, qps: registryPullQPS, burst: registryBurst };
}

/** Kubernetes's delays; a cap below the first delay is the first delay too. */
function timingsOf({ kubelet, ...config }: PodbusConfig): PodTimings {
  const crashBackOffMaxMs = kubelet.crashLoopBackOffMaxSeconds * 1000;
  const crashBackOffInitialMs = Math.min(kubernetesTimings.crashBackOffInitialMs, crashBackOffMaxMs);
  const imageBackOffMaxMs = config.imageBackOffMaxSeconds * 1000;
  const imageBackOffInitialMs = Math.min(kubernetesTimings.imageBackOffInitialMs, imageBackOffMaxMs);
  const imagePullStallMs = config.imagePullProgressTimeoutSeconds * 1000;
  const images = { imageBackOffInitialMs, imageBackOffMaxMs, imagePullStallMs };
  return { ...kubernetesTimings, crashBackOffInitialMs, crashBackOffMaxMs, ...images };
}

async function factsOf(config: PodbusConfig, runtime: RuntimePort): Promise<NodeFacts> {
  const { runtimeName, runtimeVersion } = await runtime.version();
  const { handlers } = await runtime.status();
  const { diskFreeBytes: _d, memoryAvailableBytes: _m, ...machine } = readMachine(config.home);
  return nodeFacts(
    { ...machine, diskFreeBytes: 0, memoryAvailableBytes: 0 },
    {
      nodeName: config.nodeName,
      maxPods: config.kubelet.maxPods,
      nodeStatusMaxImages: config.kubelet.nodeStatusMaxImages,
      runtimeName,
      runtimeVersion,
      runtimeHandlers: handlers,
      podbusVersion: podbusVersion(),
    },
  );
}
