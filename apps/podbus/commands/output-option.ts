import { type Command, InvalidArgumentError, Option } from 'commander';

/** `-o` with what it may be; without it a command writes for people. */
export const withOutput = (command: Command, ...formats: string[]): Command =>
  command.addOption(new Option('-o, --output <format>', 'how to print it').choices(formats));

export const withNamespace = (command: Command): Command =>
  command.option('-n, --namespace <name>', 'namespace', 'default');

/** Commander's parser of a whole number from `least` on. */
export const wholeNumber =
  (name: string, least = 0) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`${name} must be a whole number from ${least} on.`);
    return value;
  };
