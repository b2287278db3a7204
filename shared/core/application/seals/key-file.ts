import { parseSignerKey, signerKeyText, type NoteKey, type NoteSigner } from '../../contracts/note-keys.js';
import { parseNote, splitNotes } from '../../contracts/signed-note.js';
import type { SealCrypto } from '../../ports/crypto.js';
import { isSameKey, openSuccession, readSuccession } from './key-succession.js';

/** What a key file holds: the key that seals are signed with, and how it and those before it took the place of others. */
export interface SealKeys {
  signer: NoteSigner;
  /** The oldest first. */
  successions: readonly { note: string; from: NoteKey }[];
}

/** The text of a key file: the signer key, and the notes of succession, each after an empty line. */
export function keyFileText({ signer, successions }: SealKeys): string {
  return [signerKeyText(signer), ...successions.map(({ note }) => note.trimEnd())].join('\n\n') + '\n';
}

/**
 * Reads the text of a key file.
 *
 * @returns `undefined` when it is none, or its notes do not lead from one key to the next and to the signer.
 */
export function parseKeyFile(text: string, crypto: SealCrypto): SealKeys | undefined {
  const [line = '', ...rest] = text.split('\n\n');
  const signer = parseSignerKey(
    line.trim(),
    (bytes) => crypto.digest(bytes),
    (seed) => crypto.publicKeyOf(seed),
  );
  if (signer === undefined) return undefined;
  const notes = splitNotes(rest.join('\n\n'));
  const successions: { note: string; from: NoteKey }[] = [];
  let next: NoteKey = signer;
  for (const note of notes.toReversed()) {
    const from = parseFrom(note, next, crypto);
    if (from === undefined) return undefined;
    successions.unshift({ note, from });
    next = from;
  }
  return { signer, successions };
}

/** The key whose place another one took by a note. */
function parseFrom(note: string, to: NoteKey, crypto: SealCrypto): NoteKey | undefined {
  const said = readSuccession(parseNote(note)?.text ?? '', crypto);
  if (said === undefined || !isSameKey(said.to, to)) return undefined;
  return 'fault' in openSuccession(note, [said.from], crypto) ? undefined : said.from;
}
