import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The directory that holds package.json: of the checkout, whether this runs from source or from `dist`. */
export function projectDir(from = dirname(fileURLToPath(import.meta.url))): string {
  for (let dir = from; ; dir = dirname(dir)) {
    if (existsSync(join(dir, 'package.json'))) return dir;
    if (dir === dirname(dir)) throw new Error(`no package.json above ${from}`);
  }
}

/** podbus's version, from package.json. */
export function podbusVersion(): string {
  return (JSON.parse(readFileSync(join(projectDir(), 'package.json'), 'utf8')) as { version: string })
    .version;
}
