import type { CommandWords, OptionWords } from './command-words.js';

/** The completion for fish. */
export function fishCompletion(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap(({ name, description, options, choices, runsCommand }) => {
    const within = `complete -c taskledger -n '__fish_seen_subcommand_from ${name}'`;
    const rest = runsCommand ? `${within} -x -a '(__fish_complete_subcommand --fcs-skip=2)'` : undefined;
    const values = choices.length > 0 ? `${within} -x -a ${fishText(choices.join(' '))}` : undefined;
    return [
      `complete -c taskledger -f -n __fish_use_subcommand -a ${name} -d ${fishText(description)}`,
      ...options.map((option) => `${within} ${optionFlags(option)}`),
      ...[values, rest].filter((line) => line !== undefined),
    ];
  });
  return `# fish completion of taskledger\n${lines.join('\n')}\n`;
}

function optionFlags({ names, description, takesValue, choices }: OptionWords): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  if (choices.length > 0) flags.push(`-x -a ${fishText(choices.join(' '))}`);
  else if (takesValue) flags.push('-r');
  return [...flags, `-d ${fishText(description)}`].join(' ');
}

/** Fish knows `\'` and `\\` within single quotes, and nothing else. */
function fishText(text: string): string {
  return `'${text.replace(/[\\']/g, (character) => `\\${character}`)}'`;
}
