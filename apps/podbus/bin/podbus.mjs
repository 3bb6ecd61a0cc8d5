#!/usr/bin/env node
// The `podbus` command of a checkout: hands over to the build.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../../../dist/apps/podbus/main.js', import.meta.url);
if (existsSync(fileURLToPath(main))) await import(main.href);
else {
  process.stderr.write('podbus is not built yet. Run this once, in the checkout: npm run setup\n');
  process.exitCode = 1;
}
