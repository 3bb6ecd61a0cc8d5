import { join } from 'node:path';
import { settings } from '../config.settings.js';
import { type CredentialProvider, parseCredentialProviderConfig } from './credential-provider.config.js';

/** The plugins of a node and where their executables stand. */
export interface CredentialProviders {
  binDir: string;
  providers: CredentialProvider[];
}

interface ProviderPaths {
  imageCredentialProviderConfig?: string;
  imageCredentialProviderBinDir?: string;
}

/**
 * The plugins that two settings name, with every executable in its place; undefined when neither is given. Throws an
 * Error that names the setting, in Kubernetes's words where it has some.
 */
export function loadCredentialProviders(
  { imageCredentialProviderConfig: file, imageCredentialProviderBinDir: binDir }: ProviderPaths,
  { readFile, exists }: { readFile: (path: string) => string; exists: (path: string) => boolean },
): CredentialProviders | undefined {
  const fileName = settings.imageCredentialProviderConfig.name;
  const dirName = settings.imageCredentialProviderBinDir.name;
  if (file === undefined && binDir === undefined) return undefined;
  if (file === undefined) throw new Error(`${dirName}=${binDir} needs ${fileName} beside it`);
  if (binDir === undefined) throw new Error(`${fileName}=${file} needs ${dirName} beside it`);
  if (!exists(binDir))
    throw new Error(`${dirName}=${binDir}: plugin binary directory ${binDir} did not exist`);
  const providers = naming(`${fileName}=${file}: `, () => parseCredentialProviderConfig(readFile(file)));
  for (const { name } of providers) {
    const path = join(binDir, name);
    if (!exists(path)) throw new Error(`${fileName}=${file}: plugin binary executable ${path} did not exist`);
  }
  return { binDir, providers };
}

function naming<T>(prefix: string, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    throw new Error(`${prefix}${(error as Error).message}`, { cause: error });
  }
}
