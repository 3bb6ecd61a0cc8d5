import { parseArgs } from 'node:util';
import { benchAppend } from './append.bench.js';
import { benchControl } from './control.bench.js';
import type { Bench, Figure } from './figure.js';
import { benchFootprint } from './footprint.bench.js';
import { benchCredentials, benchNames } from './image.bench.js';
import { benchReplay } from './replay.bench.js';
import { benchRest } from './rest.bench.js';
import { benchStart } from './start.bench.js';
import { table } from './table.js';

/** Every benchmark, in the order in which they run. */
const benches: Readonly<Record<string, { title: string; run: Bench }>> = {
  start: { title: 'A pod on real containerd, beside the bare CRI calls', run: benchStart },
  control: { title: 'The control plane alone, on runtimes in memory behind real gRPC', run: benchControl },
  log: { title: 'Appends to the log, beside bare Postgres', run: ({ scale }) => benchAppend(scale) },
  replay: { title: 'A rebuild of the objects from the log, beside reading the rows', run: benchReplay },
  rest: { title: 'Reads over REST, beside bare Fastify with the same rows', run: benchRest },
  names: { title: 'Image names', run: benchNames },
  credentials: { title: 'Registry credentials for an image', run: benchCredentials },
  footprint: { title: 'Memory and start-up of podbus up', run: benchFootprint },
};

const usage = `npm run bench -- [--json] [--scale <number>] [${Object.keys(benches).join(' | ')}]…

Prints what podbus does beside the same work without it, measured in the same run. --scale 0.1 makes a tenth of the
work: quick, and noisier.`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      output: { type: 'string', short: 'o' },
      scale: { type: 'string', default: '1' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const isJson = values.json || values.output === 'json';
  const unknown = positionals.filter((name) => !Object.hasOwn(benches, name));
  const scale = Number(values.scale);
  if (values.help || unknown.length > 0 || !(scale > 0)) {
    console.error(usage);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const say = (line: string) => console.error(`  … ${line}`);
  const results: Record<string, Figure[]> = {};
  for (const [name, { title, run }] of Object.entries(benches)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    if (!isJson) console.log(`\n${name}: ${title}`);
    results[name] = await run({ scale, say });
    if (!isJson) console.log(table(results[name]));
  }
  if (isJson) console.log(JSON.stringify({ scale, node: process.version, results }, undefined, 2));
}

await main();
// A server's last timers must not keep a finished run waiting.
process.exit();
