import { quoted, type CommandWords, type OptionWords } from './command-words.js';

/** The completion for zsh, for a file of its own in `fpath` or to be sourced. */
export function zshCompletion(commands: readonly CommandWords[]): string {
  const described = commands.map(
    ({ name, description }) => `      ${quoted(`${name}:${description.replaceAll(':', '\\:')}`)}`,
  );
  const cases = commands.map(({ name, options, choices, runsCommand }) => {
    const rest = runsCommand
      ? "'*::command:_normal'"
      : choices.length > 0
        ? quoted(`1:value:(${choices.join(' ')})`)
        : "'*:file:_files'";
    const specs = [...options.flatMap(optionSpecs), rest].map((spec) => `        ${spec}`);
    return `    ${name})\n      _arguments \\\n${specs.join(' \\\n')}\n      ;;`;
  });
  return `#compdef taskledger
# zsh completion of taskledger
_taskledger() {
  local -a commands
  if ((CURRENT == 2)); then
    commands=(
${described.join('\n')}
    )
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${cases.join('\n')}
  esac
}
if [[ $funcstack[1] == _taskledger ]]; then
  _taskledger "$@"
else
  compdef _taskledger taskledger
fi
`;
}

/** As `_arguments` has it: `--name[text]:value:(one two)`. */
function optionSpecs({ names, description, takesValue, choices }: OptionWords): string[] {
  const text = description.replace(/[[\]:\\]/g, (character) => `\\${character}`);
  const value = takesValue ? `:value:${choices.length > 0 ? `(${choices.join(' ')})` : ''}` : '';
  return names.map((name) => quoted(`*${name}[${text}]${value}`));
}
