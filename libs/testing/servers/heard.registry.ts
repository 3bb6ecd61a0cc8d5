import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, request as tlsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
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

/** A layer that is worth holding half-way; manifests and configurations are smaller. */
const smallestHeldBytes = 64 * 1024;

/** A real registry behind a door that hears every request, and can keep silent, or stop half-way through a layer. */
export class HeardRegistry {
  readonly requests: HeardRequest[] = [];
  /** Names of which no request is answered. */
  readonly silent = new Set<string>();
  /** Requests that were left without an answer and are still waited on by their sender. */
  readonly held = new Set<ServerResponse>();
  /** Names of which each large layer comes in a dozen parts, one every so many milliseconds. */
  readonly slow = new Map<string, number>();
  /** Names of which each large layer stops half-way, and how they go on. */
  private readonly gates = new Map<string, Promise<void>>();

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

  /** From now on every large layer of this name is served by half; the answer lets it go on, and all later ones pass. */
  hold(name: string): () => void {
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.gates.set(name, opened);
    return () => {
      this.gates.delete(name);
      open();
    };
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
      const isLargeLayer =
        path.includes('/blobs/') && Number(got.headers['content-length'] ?? 0) >= smallestHeldBytes;
      const gate = isLargeLayer && ofName(this.gates, path);
      const everyMs = isLargeLayer && ofName(this.slow, path);
      if (gate && asked.method === 'GET') void passHalf(got, answer, gate);
      else if (everyMs && asked.method === 'GET') void passSlowly(got, answer, everyMs);
      else got.pipe(answer);
    });
    asked.pipe(onward);
  }
}

const ofName = <T>(byName: ReadonlyMap<string, T>, path: string): T | undefined =>
  [...byName].find(([name]) => path.startsWith(`/v2/${name}/`))?.[1];

const slowParts = 12;

async function passSlowly(got: IncomingMessage, answer: ServerResponse, everyMs: number): Promise<void> {
  const share = Number(got.headers['content-length']) / slowParts;
  let [passed, due] = [0, share];
  try {
    for await (const chunk of got as AsyncIterable<Buffer>) {
      answer.write(chunk);
      passed += chunk.length;
      for (; passed >= due; due += share) await pause(everyMs);
    }
    answer.end();
  } catch {
    answer.destroy();
  }
}

async function passHalf(got: IncomingMessage, answer: ServerResponse, gate: Promise<void>): Promise<void> {
  const half = Number(got.headers['content-length']) / 2;
  let passed = 0;
  try {
    for await (const chunk of got as AsyncIterable<Buffer>) {
      answer.write(chunk);
      passed += chunk.length;
      if (passed >= half) await gate;
    }
    answer.end();
  } catch {
    answer.destroy();
  }
}

/** The name, never the password, of a Basic authorization. */
function userOf(authorization = ''): string {
  const [, word = ''] = /^Basic (.+)$/i.exec(authorization) ?? [];
  return Buffer.from(word, 'base64').toString('utf8').split(':', 1)[0]!;
}
