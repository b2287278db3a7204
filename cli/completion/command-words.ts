import type { Command } from 'commander';

/** A command as a shell has to know it. */
export interface CommandWords {
  name: string;
  description: string;
  options: readonly OptionWords[];
  /** What its first argument may be; nothing where that is not known. */
  choices: readonly string[];
  /** Whether its arguments are another command. */
  runsCommand: boolean;
}

/** An option of it. */
export interface OptionWords {
  /** Each with its dashes. */
  names: readonly string[];
  description: string;
  takesValue: boolean;
  /** What its value may be; nothing where that is not known. */
  choices: readonly string[];
}

/** What can be completed, as the program itself says it: the commands in their order. */
export function commandWords(program: Command): CommandWords[] {
  return program.commands.map((command) => {
    const [first] = command.registeredArguments;
    return {
      name: command.name(),
      description: command.description(),
      options: command
        .createHelp()
        .visibleOptions(command)
        .map(({ short, long, description, required, argChoices = [] }) => ({
          names: [short, long].filter((name) => name !== undefined),
          description,
          takesValue: required,
          choices: argChoices,
        })),
      choices: first?.argChoices ?? [],
      runsCommand: first?.variadic ?? false,
    };
  });
}

/** A text as one word of any shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
