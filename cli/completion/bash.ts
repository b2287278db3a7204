import { quoted, type CommandWords } from './command-words.js';

/** The completion for bash. Where it knows nothing, and after `--`, bash completes names of files. */
export function bashCompletion(commands: readonly CommandWords[]): string {
  const values = commands.flatMap(({ name, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(({ names, choices }) => {
        const patterns = names.map((option) => quoted(`${name} ${option}`)).join(' | ');
        return `    ${patterns}) words=${quoted(choices.join(' '))} ;;`;
      }),
  );
  const options = commands.map(({ name, options, choices }) => {
    const words = [...options.flatMap(({ names }) => names), ...choices];
    return `      ${name}) words=${quoted(words.join(' '))} ;;`;
  });
  return `# bash completion of taskledger
_taskledger() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words= word
  COMPREPLY=()
  if ((COMP_CWORD > 1)); then
    for word in "\${COMP_WORDS[@]:2:COMP_CWORD-2}"; do
      [[ $word == -- ]] && return
    done
  fi
  if ((COMP_CWORD == 1)); then
    words=${quoted(commands.map(({ name }) => name).join(' '))}
  else
    case "\${COMP_WORDS[1]} \${COMP_WORDS[COMP_CWORD-1]}" in
${values.join('\n')}
    *)
      case "\${COMP_WORDS[1]}" in
${options.join('\n')}
      esac
      ;;
    esac
  fi
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$words" -- "$current")
}
complete -o default -F _taskledger taskledger
`;
}
