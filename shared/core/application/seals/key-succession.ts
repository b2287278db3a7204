import {
  parseVerifierKey,
  verifierKeyText,
  type NoteKey,
  type NoteSigner,
} from '../../contracts/note-keys.js';
import type { SealCrypto } from '../../ports/crypto.js';
import { openNote, signNote, type OpenedNote } from './signing.js';

/** The first line of a note by which one key takes the place of another. No checkpoint begins so. */
const SUCCESSION = 'taskledger/key-succession';

/** One key took the place of another. */
export interface Succession {
  from: NoteKey;
  to: NoteKey;
}

/** The note by which one key takes the place of another: signed by the old one, which vouches, and by the new one. */
export function successionNote(from: NoteSigner, to: NoteSigner, crypto: SealCrypto): string {
  const text = `${SUCCESSION}\n${verifierKeyText(from)}\n${verifierKeyText(to)}\n`;
  return signNote(text, [from, to], crypto);
}

/**
 * Verifies such a note.
 *
 * @param trusted The keys of which the old one has to be one.
 */
export function openSuccession(
  note: string,
  trusted: readonly NoteKey[],
  crypto: SealCrypto,
): Succession | Extract<OpenedNote, { fault: string }> {
  const opened = openNote(note, trusted, crypto);
  if (opened.fault !== undefined) return opened;
  const said = readSuccession(opened.text, crypto);
  if (said === undefined) return { fault: 'is no note by which one key takes the place of another' };
  // The old key has to be the one that signed, and the new one shows that whoever wrote this has it.
  if (!isSameKey(said.from, opened.key)) return { fault: 'is not signed by the key whose place is taken' };
  const byNew = openNote(note, [said.to], crypto);
  return byNew.fault === undefined ? said : { fault: 'is not signed by the new key' };
}

/** Reads a succession out of the text of a note. Answers `undefined` for any other text. Nothing is verified. */
export function readSuccession(text: string, crypto: SealCrypto): Succession | undefined {
  const [head, from = '', to = '', end, ...rest] = text.split('\n');
  if (head !== SUCCESSION || end !== '' || rest.length > 0) return undefined;
  const keys = [from, to].map((key) => parseVerifierKey(key, (bytes) => crypto.digest(bytes)));
  return keys[0] === undefined || keys[1] === undefined ? undefined : { from: keys[0], to: keys[1] };
}

/** Whether two keys are the same, of the same name. */
export function isSameKey(one: NoteKey, other: NoteKey): boolean {
  return verifierKeyText(one) === verifierKeyText(other);
}
