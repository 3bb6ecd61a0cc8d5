import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Blob, BuiltImage } from '#host/embedded/image-builder.js';

/** What is asked for; `blob` is absent where the image has no such part. */
export interface AskedPart {
  isManifest: boolean;
  blob?: Blob;
}

/** Answers in place of a registry that works; does nothing to keep the client waiting. */
export type Answer = (asked: AskedPart, response: ServerResponse) => void;

export interface Repository {
  /** Parts of one image that two repositories share are one download to a runtime: give each an image of its own. */
  image: BuiltImage;
  /** Default: `serve`. */
  answer?: Answer;
}

/** A registry, read only, whose repositories each answer in a way of their own. */
export class BrokenRegistry {
  private readonly server: Server;

  private constructor(private readonly repositories: Readonly<Record<string, Repository>>) {
    this.server = createServer(({ url = '/' }, response) => this.answer(url, response));
  }

  /** On a free port of the loopback. */
  static async start(repositories: Readonly<Record<string, Repository>>): Promise<BrokenRegistry> {
    const registry = new BrokenRegistry(repositories);
    await new Promise<void>((resolve) => registry.server.listen(0, '127.0.0.1', resolve));
    return registry;
  }

  /** What image names begin with. */
  get host(): string {
    return `localhost:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(url: string, response: ServerResponse): void {
    const [, , name = '', kind, digest] = new URL(url, 'http://registry').pathname.split('/');
    const { image, answer = serve } = this.repositories[name] ?? {};
    const isManifest = kind === 'manifests';
    const parts = image ? [image.config, ...image.layers] : [];
    answer(
      { isManifest, blob: isManifest ? image?.manifest : parts.find((one) => one.digest === digest) },
      response,
    );
  }
}

/** As a registry should. */
export const serve: Answer = ({ blob }, response) => {
  if (blob) begin(blob, response).end(blob.content);
  else response.writeHead(404).end();
};

export const answerStatus =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    void response.writeHead(code, headers).end();

/** Serves manifests as they are, and every other part by `answer`. */
export const butParts =
  (answer: (blob: Blob, response: ServerResponse) => void): Answer =>
  (asked, response) => {
    if (asked.isManifest || !asked.blob) serve(asked, response);
    else answer(asked.blob, response);
  };

/** The beginning of a good answer, which promises the whole part. */
export function begin({ mediaType, digest, content }: Blob, response: ServerResponse): ServerResponse {
  return response.writeHead(200, {
    'content-type': mediaType,
    'docker-content-digest': digest,
    'content-length': content.length,
  });
}
