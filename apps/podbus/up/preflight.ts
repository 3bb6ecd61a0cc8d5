import type { PodbusConfig } from '#host/config.js';
import type { HostPort } from '#host/config.parsers.js';
import { requireRoot } from '#host/embedded/containerd.embedded.js';
import { tryListen } from '#host/embedded/free-port.js';

/** Before anything is written: throws an Error that says what to do where this user can't run what is configured. */
export function checkUser({ containerdAddress }: Pick<PodbusConfig, 'containerdAddress'>): void {
  if (!containerdAddress) requireRoot();
}

/** Before anything is started: rejects with an Error that says what to do where the API could not listen. */
export async function checkPort(address: HostPort): Promise<void> {
  await tryListen(address.port, address.host).catch((error: unknown) => {
    throw cannotListen(address, error);
  });
}

/** The system's error in words that name the setting. */
export function cannotListen({ host, port }: HostPort, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  const why = code === 'EADDRINUSE' ? 'the port is taken' : message;
  return new Error(
    `The API cannot listen on ${host}:${port}: ${why}. Set PODBUS_HTTP to another one (port 0: any).`,
  );
}
