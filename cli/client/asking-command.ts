import type { Command } from 'commander';
import { connectTo, exitErrorOf, urlOption, type Connection } from './connection.js';
import { Output } from './output.js';

/** What a command works with that asks a Taskledger. */
export interface Asking<Options> extends Connection {
  out: Output;
  options: Options;
}

interface CommonOptions {
  url: string;
  json?: boolean;
  color: boolean;
}

/**
 * Gives a command the options that all have which ask a Taskledger, and what it does. What Taskledger refuses, and that it can't
 * be reached, ends the program with a line and an exit code of its own.
 *
 * @param json What `--json` prints.
 */
export function askingCommand<Given extends unknown[], Options>(
  command: Command,
  json: string,
  action: (asking: Asking<Options>, ...given: Given) => Promise<void>,
): void {
  command
    .addOption(urlOption())
    .option('--json', `print ${json}`)
    .option('--no-color', 'print without colours, as NO_COLOR does')
    .action(async (...all: unknown[]) => {
      const options = command.opts<CommonOptions & Options>();
      const out = new Output(options.json === true, !options.color);
      const given = all.slice(0, command.registeredArguments.length) as Given;
      try {
        await action({ ...connectTo(options.url), out, options }, ...given);
      } catch (error) {
        throw exitErrorOf(error);
      }
    });
}
