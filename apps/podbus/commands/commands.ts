import type { CliCommand } from '../cli/cli.js';
import { applyCommand } from './apply.command.js';
import { atCommand } from './at.command.js';
import { demoCommand } from './demo.command.js';
import { doctorCommand } from './doctor.command.js';
import { downCommand } from './down.command.js';
import { eventsCommand } from './events.command.js';
import { historyCommand } from './history.command.js';
import { imageCommand } from './image.command.js';
import { replayCommand } from './replay.command.js';
import { upCommand } from './up.command.js';

/** Every command, in the order in which help lists them. */
export const commands: readonly CliCommand[] = [
  upCommand,
  downCommand,
  doctorCommand,
  demoCommand,
  applyCommand,
  historyCommand,
  atCommand,
  replayCommand,
  eventsCommand,
  imageCommand,
];
