import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Argument, Command, Option } from 'commander';
import { bashCompletion } from '../../../cli/completion/bash.js';
import { commandWords } from '../../../cli/completion/command-words.js';
import { fishCompletion } from '../../../cli/completion/fish.js';
import { zshCompletion } from '../../../cli/completion/zsh.js';

const program = new Command('taskledger');
program
  .command('list')
  .description("list what's there: all [of it]")
  .addOption(new Option('--status <status>', 'one: of [these]').choices(['open', 'over']))
  .option('--type, --task-type <type>', "the task's type")
  .option('--all', 'all');
program.command('run').argument('<command...>').option('--key <key>', 'key');
program.command('completion').addArgument(new Argument('<shell>').choices(['bash', 'zsh']));
const words = commandWords(program);

/** What bash offers for a line, of which the last word is being typed. */
async function offered(...line: string[]): Promise<string[]> {
  const script = `${bashCompletion(words)}
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _taskledger; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await promisify(execFile)('bash', ['-c', script, 'bash', 'taskledger', ...line]);
  return stdout.split('\n').filter((word) => word !== '');
}

describe('the completion for bash', () => {
  it('offers commands, options and values', async () => {
    expect(await offered('')).toEqual(['list', 'run', 'completion']);
    expect(await offered('l')).toEqual(['list']);
    expect(await offered('list', '--')).toEqual([
      ...['--status', '--type', '--task-type', '--all', '--help'],
    ]);
    expect(await offered('list', '--all', '--s')).toEqual(['--status']);
    expect(await offered('list', '--status', '')).toEqual(['open', 'over']);
    expect(await offered('completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh']));
  });

  it('leaves the rest to bash: values that are not known, other commands, what is after --', async () => {
    expect(await offered('list', '--task-type', '')).toEqual([]);
    expect(await offered('run', '--key', '')).toEqual([]);
    expect(await offered('run', '--', 'ls', '--')).toEqual([]);
    expect(await offered('unknown', '')).toEqual([]);
  });
});

describe('the completion for zsh', () => {
  it('describes commands, options and values', () => {
    const script = zshCompletion(words);
    expect(script).toMatch(/^#compdef taskledger\n/);
    expect(script).toContain(`'list:list what'\\''s there\\: all [of it]'`);
    expect(script).toContain(`'*--status[one\\: of \\[these\\]]:value:(open over)'`);
    expect(script).toContain(`'*--all[all]'`);
    expect(script).toContain(`'*::command:_normal'`);
    expect(script).toContain(`'1:value:(bash zsh)'`);
  });
});

describe('the completion for fish', () => {
  it('describes commands, options and values', () => {
    const lines = fishCompletion(words).split('\n');
    const within = (name: string) => `complete -c taskledger -n '__fish_seen_subcommand_from ${name}'`;
    expect(lines).toContain(
      `complete -c taskledger -f -n __fish_use_subcommand -a list -d 'list what\\'s there: all [of it]'`,
    );
    expect(lines).toContain(`${within('list')} -l status -x -a 'open over' -d 'one: of [these]'`);
    expect(lines).toContain(`${within('list')} -l type -l task-type -r -d 'the task\\'s type'`);
    expect(lines).toContain(`${within('completion')} -x -a 'bash zsh'`);
    expect(lines.filter((line) => line.startsWith(within('run')))).toHaveLength(3);
  });
});
