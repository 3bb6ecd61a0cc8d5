import { Command } from 'commander';
import type { EventPage } from '#apps/api/podbus/event-query.js';
import type { RecordedEvent } from '#contracts/events/event.js';
import type { Cli } from '../cli/cli.js';
import { type ServerOptions, serverUrl, withServer } from '../cli/find-podbus.js';
import { RestClient } from '../cli/rest-client.js';
import { logLine } from '../timeline/timeline.js';
import { wholeNumber, withOutput } from './output-option.js';

interface EventsOptions extends ServerOptions {
  follow?: boolean;
  after?: number;
  limit?: number;
  type?: string;
  stream?: string;
  output?: 'json';
}

const path = '/podbus/v1/events';

export const eventsCommand = (cli: Cli): Command =>
  withServer(withOutput(new Command('events'), 'json'))
    .description('the log itself, oldest first')
    .option('-f, --follow', 'go on with what happens next, until Ctrl-C; without --after only that')
    .option('--after <position>', 'only what came after this position', wholeNumber('--after'))
    .option('--limit <n>', 'at most so many (default: all)', wholeNumber('--limit', 1))
    .option('--type <types>', 'only events of these types, comma-separated: ImageFailed,ContainerExited')
    .option(
      '--stream <stream>',
      'only events of this stream: pod/default/web, node/node-a, image/node-a/<id>, namespace/team-a',
    )
    .action((options: EventsOptions) => events(cli, options));

async function events(cli: Cli, options: EventsOptions): Promise<void> {
  const rest = new RestClient(serverUrl(cli, options), cli.signal);
  const print = (event: RecordedEvent) =>
    cli.out(options.output === 'json' ? JSON.stringify(event) : logLine(event));
  const filter = { type: options.type, stream: options.stream };
  if (options.follow) {
    const after = options.after?.toString();
    for await (const data of rest.follow(path, { ...filter, after }))
      print(JSON.parse(data) as RecordedEvent);
    return;
  }
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  for (let after = options.after ?? 0; left > 0; ) {
    const limit = String(Math.min(left, 1_000));
    const page = await rest.get<EventPage>(path, { ...filter, after: String(after), limit });
    for (const event of page.events) print(event);
    left -= page.events.length;
    if (page.next >= page.head || page.next <= after) return;
    after = page.next;
  }
}
