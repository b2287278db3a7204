import { readFile, stat } from 'node:fs/promises';
import { NodeCrypto } from '../shared/adapters/node/node-crypto.js';
import type { KeptSeal } from '../shared/core/application/seals/seal-verifier.js';
import { parseCheckpoint } from '../shared/core/contracts/checkpoint.js';
import { InvalidSettingError } from '../shared/core/contracts/errors.js';
import { parseVerifierKey, type NoteKey } from '../shared/core/contracts/note-keys.js';
import { parseNote, splitNotes } from '../shared/core/contracts/signed-note.js';

/** The largest file of seals that is read: some hundred thousand of them. */
const FILE_BYTES_MAX = 128 * 1024 * 1024;

/**
 * Reads the seals of a file, as `SEAL_FILE` has them.
 *
 * @returns The smallest first. Their signatures are not verified.
 * @throws InvalidSettingError when there is no such file, or something else than seals in it.
 */
export async function readKeptSeals(path: string): Promise<KeptSeal[]> {
  const text = await textOf(path, FILE_BYTES_MAX);
  const seals = splitNotes(text).map((note, at) => {
    const checkpoint = parseCheckpoint(parseNote(note)?.text ?? '');
    if (checkpoint === undefined) throw new InvalidSettingError(`Seal ${at + 1} in ${path} is none`);
    return { note, size: checkpoint.size };
  });
  if (seals.length === 0) throw new InvalidSettingError(`There is no seal in ${path}`);
  return seals.sort((one, other) => one.size - other.size);
}

/** Reads a public key. @throws InvalidSettingError for a text that is none. */
export function keyFrom(text: string): NoteKey {
  const crypto = new NodeCrypto();
  const key = parseVerifierKey(text.trim(), (bytes) => crypto.digest(bytes));
  if (key === undefined)
    throw new InvalidSettingError(`--key must be a public key as \`taskledger keys show\` prints it`);
  return key;
}

/** The text of a file. @throws InvalidSettingError when it can't be read, or is larger than any such file. */
export async function textOf(path: string, bytesMax: number): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > bytesMax)
      throw new InvalidSettingError(`${path} is larger than ${bytesMax} bytes: give its end alone`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof InvalidSettingError) throw error;
    throw new InvalidSettingError(
      `${path} can't be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
    );
  }
}
