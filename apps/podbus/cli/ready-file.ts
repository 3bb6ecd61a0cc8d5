import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** `$PODBUS_HOME/ready.json`: where a running podbus is found. Only the owner may read it: the urls hold passwords. */
export interface ReadyFile {
  /** Base url of the REST API. */
  http: string;
  nats: string;
  postgres: string;
  /** Path of the socket. */
  containerd: string;
  /** Name of the Node. */
  node: string;
  /** Absolute path. */
  kubeconfig: string;
  pid: number;
}

const pathIn = (home: string): string => join(home, 'ready.json');

export function readReadyFile(home: string): ReadyFile | undefined {
  try {
    return JSON.parse(readFileSync(pathIn(home), 'utf8')) as ReadyFile;
  } catch {
    return undefined;
  }
}

/** Appears whole or not at all. */
export function writeReadyFile(home: string, ready: ReadyFile): void {
  const half = `${pathIn(home)}.${process.pid}`;
  writeFileSync(half, `${JSON.stringify(ready, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(half, pathIn(home));
}

export const removeReadyFile = (home: string): void => rmSync(pathIn(home), { force: true });
