import type { RuntimeStatusMessage } from './cri.messages.js';

/** containerd before 2.0 lists its handlers only in its configuration, which it tells when asked verbosely. */
interface ContainerdConfig {
  containerd?: { runtimes?: Record<string, unknown> };
}

/** `ready` when every required condition (RuntimeReady, NetworkReady) holds; else `message` says which does not. */
export function fromStatusMessage(status: RuntimeStatusMessage): {
  ready: boolean;
  message: string;
  handlers: string[];
} {
  const conditions = status.status?.conditions ?? [];
  const unmet = conditions.filter(({ type, status: holds }) => required.includes(type) && !holds);
  return {
    ready: unmet.length === 0,
    message: unmet
      .map(({ type, reason, message }) => `${type}=false reason:${reason} message:${message}`)
      .join('; '),
    handlers: [...new Set(['', ...handlersOf(status)])],
  };
}

const required = ['RuntimeReady', 'NetworkReady'];

function handlersOf(status: RuntimeStatusMessage): string[] {
  if (status.runtimeHandlers.length > 0) return status.runtimeHandlers.map(({ name }) => name);
  try {
    const config = JSON.parse(status.info.config ?? '{}') as ContainerdConfig;
    return Object.keys(config.containerd?.runtimes ?? {});
  } catch {
    return [];
  }
}
