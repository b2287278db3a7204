import { Argument, type Command } from 'commander';
import { InvalidSettingError } from '../shared/core/contracts/errors.js';
import { KEY_NAME, KEY_NAME_ALLOWED } from '../shared/core/contracts/note-keys.js';

/** What can be done with a key file. */
const ACTIONS = ['new', 'show', 'rotate'] as const;

type Action = (typeof ACTIONS)[number];

/** What a key is called whose maker has not said. */
const DEFAULT_NAME = 'taskledger';

/** `taskledger keys`. */
export function addKeys(program: Command): void {
  program
    .command('keys')
    .description('make, show or replace the key that seals are signed with; prints the public key')
    .addArgument(new Argument('<action>', 'what to do').choices(ACTIONS))
    .argument('<file>', 'the key file, for SEAL_KEY_FILE; its owner alone may read it')
    .option('--name <name>', `what the key is called, of a new one (default ${DEFAULT_NAME})`)
    .action(async (action: Action, file: string, { name }: { name?: string }) => {
      if (name !== undefined && !KEY_NAME.test(name))
        throw new InvalidSettingError(`--name must be ${KEY_NAME_ALLOWED}`);
      const { newKey, showKeys, rotateKey } = await import('./key-actions.js');
      if (action === 'new') await newKey(file, name ?? DEFAULT_NAME);
      else if (action === 'rotate') await rotateKey(file, name);
      else await showKeys(file);
    });
}
