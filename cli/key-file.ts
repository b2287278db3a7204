import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { NodeCrypto } from '../shared/adapters/node/node-crypto.js';
import { keyFileText, parseKeyFile, type SealKeys } from '../shared/core/application/seals/key-file.js';
import { InvalidSettingError } from '../shared/core/contracts/errors.js';

/** Who may read a key file, and write it: its owner alone. */
const MODE = 0o600;

/** A key file larger than this is none. */
const BYTES_MAX = 1024 * 1024;

/**
 * Reads a key file.
 *
 * @throws InvalidSettingError when there is none, others than its owner may read it, or it is not what `taskledger keys` wrote.
 */
export async function readKeyFile(path: string): Promise<SealKeys> {
  const { mode, size } = await statOf(path);
  if ((mode & 0o077) !== 0)
    throw new InvalidSettingError(
      `The key in ${path} may be read by others than its owner: chmod 600 ${path}`,
    );
  const text = size > BYTES_MAX ? '' : await readFile(path, 'utf8');
  const keys = parseKeyFile(text, new NodeCrypto());
  if (keys === undefined)
    throw new InvalidSettingError(`${path} is no key file: taskledger keys new ${path} makes one`);
  return keys;
}

/**
 * Writes a key file where there is none.
 *
 * @throws InvalidSettingError when there is a file already, or it can't be written.
 */
export async function createKeyFile(path: string, keys: SealKeys): Promise<void> {
  try {
    await write(path, keys);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new InvalidSettingError(`${path} is there already, and is left as it is`);
    throw new InvalidSettingError(`${path} can't be written (${code ?? String(error)})`);
  }
}

/** Puts keys in the place of those in a key file, so that at any time one of the two is there as a whole. */
export async function replaceKeyFile(path: string, keys: SealKeys): Promise<void> {
  const draft = `${path}.new`;
  await createKeyFile(draft, keys);
  try {
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function write(path: string, keys: SealKeys): Promise<void> {
  const file = await open(path, 'wx', MODE);
  try {
    // Whatever the mask of the process is.
    await file.chmod(MODE);
    await file.writeFile(keyFileText(keys));
    await file.sync();
  } finally {
    await file.close();
  }
}

async function statOf(path: string): Promise<{ mode: number; size: number }> {
  try {
    return await stat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InvalidSettingError(`The key file ${path} can't be read (${code ?? String(error)})`);
  }
}
