import type { Client } from '@grpc/grpc-js';
import {
  type ContainerConfig,
  type ExecResult,
  type ImageInfo,
  type ObservedContainer,
  type ObservedSandbox,
  type PullOptions,
  RuntimeError,
  type RuntimePort,
  runtimeLabels,
  type SandboxConfig,
} from '#contracts/ports/runtime.port.js';
import {
  fromContainerMessage,
  fromContainerStatusMessage,
  fromExecMessage,
  toContainerConfigMessage,
} from './container.mapping.js';
import { CriClient, openChannel } from './cri.client.js';
import type { CriMethod, CriRequest, CriResponse } from './cri.messages.js';
import { ExitStream } from './exit-stream.js';
import { grpcMessage } from './grpc-message.js';
import { fromImageMessage, toAuthMessage } from './image.mapping.js';
import { fromSandboxMessage, fromSandboxStatusMessage, toSandboxConfigMessage } from './sandbox.mapping.js';
import { SandboxImage } from './sandbox-image.js';
import { fromStatusMessage } from './status.mapping.js';

/** kubelet's `runtimeRequestTimeout`, and its double for the making of a sandbox. */
const callMs = 2 * 60_000;
const runSandboxMs = 4 * 60_000;

const ofPod = (filter?: { podUid?: string }) =>
  filter?.podUid === undefined
    ? {}
    : { filter: { labelSelector: { [runtimeLabels.podUid]: filter.podUid } } };

/**
 * A runtime that speaks CRI v1 (containerd 1.6 or later, CRI-O) on a unix socket, `unix:///run/…/containerd.sock`.
 * Connects on first use and again whenever it must: while the runtime is down every call rejects with Unavailable.
 */
export class CriRuntime implements RuntimePort {
  private readonly channel: Client;
  private readonly client: CriClient;
  private readonly exits: ExitStream;
  private readonly sandboxImage: SandboxImage;

  constructor(readonly address: string) {
    this.channel = openChannel(address);
    this.client = new CriClient(this.channel);
    this.sandboxImage = new SandboxImage(this.client);
    this.exits = new ExitStream(this.channel);
  }

  /** Ends the connection and every call under way. */
  close(): void {
    this.exits.close();
    this.channel.close();
  }

  async version(): Promise<{ runtimeName: string; runtimeVersion: string }> {
    const { runtimeName, runtimeVersion } = await this.call('Version', {});
    return { runtimeName, runtimeVersion };
  }

  async status(): Promise<{ ready: boolean; message: string; handlers: string[] }> {
    return fromStatusMessage(await this.call('Status', { verbose: true }));
  }

  async imageStatus(image: string): Promise<ImageInfo | undefined> {
    const response = await this.call('ImageStatus', { image: { image } });
    return response.image ? fromImageMessage(response.image) : undefined;
  }

  /** Has no deadline: the runtime itself gives up a pull that makes no progress. */
  async pullImage(image: string, { sandbox, auth, signal }: PullOptions): Promise<ImageInfo> {
    const request = {
      image: { image },
      sandboxConfig: sandbox && toSandboxConfigMessage(sandbox),
      auth: auth && toAuthMessage(auth),
    };
    const { imageRef } = await this.client.call('PullImage', request, { signal });
    return (await this.imageStatus(imageRef)) ?? notFound(`image "${image}" vanished after its pull`);
  }

  async listImages(): Promise<ImageInfo[]> {
    const images = (await this.call('ListImages', {})).images.map(fromImageMessage);
    for (const image of images) image.pinned ||= await this.sandboxImage.isIn(image.repoTags);
    return images;
  }

  removeImage(image: string): Promise<void> {
    return goneIsFine(this.call('RemoveImage', { image: { image } }));
  }

  async runSandbox(config: SandboxConfig, runtimeHandler: string): Promise<string> {
    const request = { config: toSandboxConfigMessage(config), runtimeHandler };
    return (await this.call('RunPodSandbox', request, runSandboxMs)).podSandboxId;
  }

  async sandboxStatus(podSandboxId: string): Promise<ObservedSandbox> {
    const { status } = await this.call('PodSandboxStatus', { podSandboxId });
    return status ? fromSandboxStatusMessage(status) : notFound(`sandbox "${podSandboxId}": not found`);
  }

  stopSandbox(podSandboxId: string): Promise<void> {
    return goneIsFine(this.call('StopPodSandbox', { podSandboxId }));
  }

  removeSandbox(podSandboxId: string): Promise<void> {
    return goneIsFine(this.call('RemovePodSandbox', { podSandboxId }));
  }

  async listSandboxes(filter?: { podUid?: string }): Promise<ObservedSandbox[]> {
    return (await this.call('ListPodSandbox', ofPod(filter))).items.map(fromSandboxMessage);
  }

  async createContainer(
    podSandboxId: string,
    config: ContainerConfig,
    sandbox: SandboxConfig,
  ): Promise<string> {
    const response = await this.call('CreateContainer', {
      podSandboxId,
      config: toContainerConfigMessage(podSandboxId, config, sandbox),
      sandboxConfig: toSandboxConfigMessage(sandbox),
    });
    return response.containerId;
  }

  async startContainer(containerId: string): Promise<void> {
    await this.call('StartContainer', { containerId });
  }

  /** The deadline is the grace period and two minutes, as kubelet's. */
  stopContainer(containerId: string, timeoutSeconds: number): Promise<void> {
    const request = { containerId, timeout: timeoutSeconds };
    return goneIsFine(this.call('StopContainer', request, timeoutSeconds * 1000 + callMs));
  }

  removeContainer(containerId: string): Promise<void> {
    return goneIsFine(this.call('RemoveContainer', { containerId }));
  }

  async containerStatus(containerId: string): Promise<ObservedContainer> {
    const { status } = await this.call('ContainerStatus', { containerId });
    return status ? fromContainerStatusMessage(status) : notFound(`container "${containerId}": not found`);
  }

  async listContainers(filter?: { podUid?: string }): Promise<ObservedContainer[]> {
    return (await this.call('ListContainers', ofPod(filter))).containers.map(fromContainerMessage);
  }

  /** The runtime ends the command at its timeout; the call's own deadline stands two minutes behind. */
  async execSync(
    containerId: string,
    cmd: string[],
    timeoutSeconds: number,
    signal?: AbortSignal,
  ): Promise<ExecResult> {
    const deadlineMs = timeoutSeconds === 0 ? undefined : timeoutSeconds * 1000 + callMs;
    const request = { containerId, cmd, timeout: timeoutSeconds };
    return fromExecMessage(await this.client.call('ExecSync', request, { deadlineMs, signal }));
  }

  onExit(listener: (exit: { containerId: string }) => void): () => void {
    return this.exits.listen(listener);
  }

  private call<M extends CriMethod>(
    method: M,
    request: CriRequest<M>,
    deadlineMs = callMs,
  ): Promise<CriResponse<M>> {
    return this.client.call(method, request, { deadlineMs });
  }
}

function notFound(details: string): never {
  throw new RuntimeError('NotFound', grpcMessage('NotFound', details));
}

/** Stopping or removing what is not there has the wanted outcome. */
async function goneIsFine(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof RuntimeError && error.code === 'NotFound')) throw error;
  }
}
