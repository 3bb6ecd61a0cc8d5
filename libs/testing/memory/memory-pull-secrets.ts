import type { PullSecret, PullSecretsPort } from '#contracts/ports/pull-secrets.port.js';

/** Pull secrets that a test puts there and takes away. */
export class MemoryPullSecrets implements PullSecretsPort {
  readonly secrets: PullSecret[] = [];

  async read(namespace: string, names: readonly string[]) {
    const asked = names.filter((name) => name !== '');
    const find = (name: string) =>
      this.secrets.find((secret) => secret.namespace === namespace && secret.name === name);
    return {
      found: asked.flatMap((name) => find(name) ?? []),
      missing: asked.filter((name) => find(name) === undefined),
    };
  }
}
