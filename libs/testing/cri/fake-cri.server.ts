import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { RuntimeError, runtimeLabels } from '#contracts/ports/runtime.port.js';
import type { CriCalls, CriMethod, CriRequest } from '#cri/cri.messages.js';
import { grpcCodes } from '#cri/grpc-message.js';
import { protocol } from '#cri/protocol.js';
import { SystemClock } from '#host/system-clock.adapter.js';
import { MemoryRuntime, type MemoryRuntimeOptions } from '../memory/memory-runtime.js';
import {
  toContainerConfig,
  toContainerMessage,
  toImageMessage,
  toSandboxConfig,
  toSandboxMessage,
} from './fake-cri.mapping.js';

type Handlers = {
  [M in CriMethod]: (request: CriRequest<M>, signal: AbortSignal) => Promise<CriCalls[M][1]>;
};

export interface FakeCri {
  /** `unix://…` */
  address: string;
  /** Its state, images and faults. */
  runtime: MemoryRuntime;
  /** Ends the server and every connection. Idempotent. */
  stop(): Promise<void>;
}

/** The real CRI protocol, and containerd's exit events, on a real unix socket; containers exist in memory only. */
export async function startFakeCri(options: Partial<MemoryRuntimeOptions> = {}): Promise<FakeCri> {
  const runtime = new MemoryRuntime({ clock: new SystemClock(), ...options });
  const dir = mkdtempSync(join(tmpdir(), 'podbus-cri-'));
  const address = `unix://${join(dir, 'cri.sock')}`;
  const { runtimeService, imageService, eventsService } = protocol();
  const server = new Server();
  const handlers = unary(criHandlers(runtime));
  server.addService(runtimeService, handlers);
  server.addService(imageService, handlers);
  server.addService(eventsService, { Subscribe: exitEvents(runtime) });
  await new Promise<void>((resolve, reject) =>
    server.bindAsync(address, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    ),
  );
  const stop = async () => {
    server.forceShutdown();
    runtime.close();
    rmSync(dir, { recursive: true, force: true });
  };
  return { address, runtime, stop };
}

function criHandlers(runtime: MemoryRuntime): Handlers {
  const nothing = (call: Promise<void>) => call.then(() => ({}));
  const uidOf = (filter?: { labelSelector: Record<string, string> }) => ({
    podUid: filter?.labelSelector[runtimeLabels.podUid],
  });
  const configOf = (id: string) => runtime.node.containers.get(id)?.config ?? { labels: {}, annotations: {} };
  return {
    Version: () => runtime.version(),
    Status: async () => {
      const { handlers } = await runtime.status();
      const conditions = ['RuntimeReady', 'NetworkReady'].map((type) => ({
        type,
        status: true,
        reason: '',
        message: '',
      }));
      return { status: { conditions }, info: {}, runtimeHandlers: handlers.map((name) => ({ name })) };
    },
    RunPodSandbox: async ({ config, runtimeHandler }) => ({
      podSandboxId: await runtime.runSandbox(toSandboxConfig(config), runtimeHandler),
    }),
    StopPodSandbox: ({ podSandboxId }) => nothing(runtime.stopSandbox(podSandboxId)),
    RemovePodSandbox: ({ podSandboxId }) => nothing(runtime.removeSandbox(podSandboxId)),
    PodSandboxStatus: async ({ podSandboxId }) => {
      const observed = await runtime.sandboxStatus(podSandboxId);
      const [ip = '', ...more] = observed.ips;
      const network = { ip, additionalIps: more.map((additional) => ({ ip: additional })) };
      return { status: { ...toSandboxMessage(observed), network } };
    },
    ListPodSandbox: async ({ filter }) => ({
      items: (await runtime.listSandboxes(uidOf(filter))).map(toSandboxMessage),
    }),
    CreateContainer: async ({ podSandboxId, config, sandboxConfig }) => ({
      containerId: await runtime.createContainer(
        podSandboxId,
        toContainerConfig(config),
        toSandboxConfig(sandboxConfig),
      ),
    }),
    StartContainer: ({ containerId }) => nothing(runtime.startContainer(containerId)),
    StopContainer: ({ containerId, timeout }) => nothing(runtime.stopContainer(containerId, timeout)),
    RemoveContainer: ({ containerId }) => nothing(runtime.removeContainer(containerId)),
    ListContainers: async ({ filter }) => ({
      containers: (await runtime.listContainers(uidOf(filter))).map((container) =>
        toContainerMessage(container, configOf(container.id)),
      ),
    }),
    ContainerStatus: async ({ containerId }) => ({
      status: toContainerMessage(await runtime.containerStatus(containerId), configOf(containerId)),
    }),
    ExecSync: async ({ containerId, cmd, timeout }, signal) => {
      const { stdout, stderr, exitCode } = await runtime.execSync(containerId, cmd, timeout, signal);
      return { stdout: Buffer.from(stdout), stderr: Buffer.from(stderr), exitCode };
    },
    ListImages: async () => ({ images: (await runtime.listImages()).map(toImageMessage) }),
    ImageStatus: async ({ image }) => {
      const info = await runtime.imageStatus(image.image);
      return { image: info ? toImageMessage(info) : null };
    },
    PullImage: async ({ image, auth }, signal) => ({
      imageRef: (await runtime.pullImage(image.image, { auth: auth ?? undefined, signal })).id,
    }),
    RemoveImage: ({ image }) => nothing(runtime.removeImage(image.image)),
  };
}

function unary(handlers: Handlers) {
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [
      name,
      (call: ServerUnaryCall<object, object>, reply: sendUnaryData<object>) => {
        const abort = new AbortController();
        call.on('cancelled', () => abort.abort());
        const handle = handler as (request: object, signal: AbortSignal) => Promise<object>;
        handle(call.request, abort.signal).then(
          (response) => reply(null, response),
          (error) => reply(toGrpc(error)),
        );
      },
    ]),
  );
}

/** Back from Kubernetes's text to gRPC's two parts. */
function toGrpc(error: unknown): { code: status; details: string } {
  const text = error instanceof RuntimeError ? error.message : String(error);
  const [, name, details] = /^rpc error: code = (\w+) desc = (.*)$/s.exec(text) ?? [];
  const code = grpcCodes.indexOf(name as (typeof grpcCodes)[number]);
  return { code: code < 0 ? status.UNKNOWN : code, details: details ?? text };
}

function exitEvents(runtime: MemoryRuntime) {
  return (stream: ServerWritableStream<object, object>) => {
    const { taskExit } = protocol();
    const forget = runtime.onExit(({ containerId }) => {
      const value = taskExit.serialize({ containerId, id: containerId });
      stream.write({
        namespace: 'k8s.io',
        topic: '/tasks/exit',
        event: { type_url: 'containerd.events.TaskExit', value },
      });
    });
    stream.on('cancelled', forget);
    stream.on('close', forget);
  };
}
