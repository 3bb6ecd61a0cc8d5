import type { Status } from '#contracts/status.js';
import { CliError, unreachable } from './cli-error.js';

export const tableType = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

/** Speaks to podbus's REST API; a refusal is a CliError with the Status's message, no answer one with exit code 3. */
export class RestClient {
  constructor(
    readonly baseUrl: string,
    private readonly signal?: AbortSignal,
  ) {}

  async get<T>(
    path: string,
    query: Record<string, string | undefined> = {},
    accept = 'application/json',
  ): Promise<T> {
    const response = await this.send(path, query, { headers: { accept } });
    return (await response.json()) as T;
  }

  async post<T>(path: string, body: unknown, more: Record<string, string> = {}): Promise<T> {
    const headers = { 'content-type': 'application/json', ...more };
    const response = await this.send(path, {}, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await response.json()) as T;
  }

  /** The `data` of each server-sent event, until the server or the signal ends it. */
  async *follow(path: string, query: Record<string, string | undefined>): AsyncGenerator<string> {
    const response = await this.send(path, query, { headers: { accept: 'text/event-stream' } });
    const decoder = new TextDecoder();
    let rest = '';
    try {
      for await (const chunk of response.body ?? []) {
        const blocks = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n\r?\n/);
        rest = blocks.pop() ?? '';
        for (const block of blocks) {
          const data = dataOf(block);
          if (data !== '') yield data;
        }
      }
    } catch (error) {
      if (!this.signal?.aborted)
        throw unreachable(`The connection to ${this.baseUrl} was lost: ${causeOf(error)}`);
    }
  }

  private async send(
    path: string,
    query: Record<string, string | undefined>,
    init: RequestInit,
  ): Promise<Response> {
    const url = new URL(`${this.baseUrl}${path}`);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, value);
    let response: Response;
    try {
      response = await fetch(url, { ...init, signal: this.signal });
    } catch (error) {
      if (this.signal?.aborted) throw error;
      throw unreachable(`podbus does not answer at ${this.baseUrl}: ${causeOf(error)}`);
    }
    if (!response.ok) throw await refusal(response);
    return response;
  }
}

const dataOf = (block: string): string =>
  block
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5).trimStart())
    .join('\n');

async function refusal(response: Response): Promise<CliError> {
  const text = await response.text();
  try {
    const status = JSON.parse(text) as Status;
    return new CliError(`Error from podbus (${status.reason ?? status.code}): ${status.message}`);
  } catch {
    return new CliError(`Error from podbus (${response.status}): ${text.slice(0, 500)}`);
  }
}

function causeOf(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code || message : message;
}
