import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, request as tlsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { BuiltImage } from '#host/embedded/image-builder.js';
import { type TestCertificate, tlsOptions } from './certificate.js';
import { startRegistry, type TestRegistry, type TestRegistryOptions } from './registry.server.js';

export interface HeardRequest {
  method: string;
  /** Without the query. */
  path: string;
  /** Who it said it was; '' for anyone. */
  user: string;
  status: number;
  /** Of the answer's body. */
  bytes: number;
}

/** A real registry behind a door that hears every request, and can keep silent. */
export class HeardRegistry {
  readonly requests: HeardRequest[] = [];
  /** Names of which no request is answered. */
  readonly silent = new Set<string>();
  /** Requests that were left without an answer and are still waited on by their sender. */
  readonly held = new Set<ServerResponse>();
  private constructor(
    private readonly registry: TestRegistry,
    private readonly door: Server,
  ) {}

  /** With `tls` the door and the registry behind it show the same certificate. */
  static async start(options: TestRegistryOptions = {}): Promise<HeardRegistry> {
    const registry = await startRegistry(options);
    const { certificate } = registry;
    const door = certificate ? createTlsServer(tlsOptions(certificate)) : createServer();
    const heard = new HeardRegistry(registry, door);
    door.on('request', (asked: IncomingMessage, answer: ServerResponse) => heard.pass(asked, answer));
    await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
    return heard;
  }

  /** What image names begin with, so that pulls go through the door. */
  get host(): string {
    return `localhost:${(this.door.address() as AddressInfo).port}`;
  }

  get certificate(): TestCertificate | undefined {
    return this.registry.certificate;
  }

  /** Pushes past the door; resolves with the name as a pod gives it. */
  async push(name: string, tag: string, image: BuiltImage): Promise<string> {
    await this.registry.push(name, tag, image);
    return `${this.host}/${name}:${tag}`;
  }

  /** What was asked about one repository, oldest first: `GET manifests/1`, `GET blobs/sha256:…`. */
  asked(name: string): string[] {
    return this.of(name).map(({ method, path }) => `${method} ${path.slice(`/v2/${name}/`.length)}`);
  }

  /** Bytes of images that were served of one repository: manifests, configurations, layers. */
  served(name: string): number {
    return this.of(name).reduce((sum, { method, bytes }) => sum + (method === 'GET' ? bytes : 0), 0);
  }

  async stop(): Promise<void> {
    this.door.closeAllConnections();
    await new Promise((resolve) => this.door.close(resolve));
    await this.registry.stop();
  }

  private of(name: string): HeardRequest[] {
    return this.requests.filter(({ path }) => path.startsWith(`/v2/${name}/`));
  }

  private pass(asked: IncomingMessage, answer: ServerResponse): void {
    const path = new URL(asked.url ?? '/', 'http://door').pathname;
    const user = userOf(asked.headers.authorization);
    const heard: HeardRequest = { method: asked.method ?? '', path, user, status: 0, bytes: 0 };
    this.requests.push(heard);
    if ([...this.silent].some((name) => path.startsWith(`/v2/${name}/`))) {
      this.held.add(answer);
      answer.on('close', () => this.held.delete(answer));
      return;
    }
    const { certificate, url } = this.registry;
    const target = { method: asked.method, headers: asked.headers };
    const onward = certificate
      ? tlsRequest(new URL(asked.url ?? '/', url), { ...target, ca: tlsOptions(certificate).ca })
      : request(new URL(asked.url ?? '/', url), target);
    onward.on('error', () => answer.destroy());
    onward.on('response', (got) => {
      heard.status = got.statusCode ?? 0;
      got.on('data', (chunk: Buffer) => {
        heard.bytes += chunk.length;
      });
      answer.writeHead(heard.status, got.headers);
      got.pipe(answer);
    });
    asked.pipe(onward);
  }
}

/** The name, never the password, of a Basic authorization. */
function userOf(authorization = ''): string {
  const [, word = ''] = /^Basic (.+)$/i.exec(authorization) ?? [];
  return Buffer.from(word, 'base64').toString('utf8').split(':', 1)[0]!;
}
