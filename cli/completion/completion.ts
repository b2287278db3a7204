import { Argument, type Command } from 'commander';
import { bashCompletion } from './bash.js';
import { commandWords, type CommandWords } from './command-words.js';
import { fishCompletion } from './fish.js';
import { zshCompletion } from './zsh.js';

/** The shells whose completion is known. */
const SHELLS: Record<string, (commands: readonly CommandWords[]) => string> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** `taskledger completion`. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print what completes the commands and options of this program in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SHELLS)))
    .action((shell: keyof typeof SHELLS) => {
      process.stdout.write(SHELLS[shell]?.(commandWords(program)) ?? '');
    });
}
