import type { NoteKey, NoteSigner } from '../../contracts/note-keys.js';
import { noteText, parseNote } from '../../contracts/signed-note.js';
import type { SealCrypto } from '../../ports/crypto.js';

/** Signs a text with one or more keys. Answers the note. */
export function signNote(text: string, signers: readonly NoteSigner[], crypto: SealCrypto): string {
  const signatures = signers.map(({ name, id, seed }) => ({ name, id, signature: crypto.sign(seed, text) }));
  return noteText({ text, signatures });
}

/** A note that was verified, or why it does not count. */
export type OpenedNote =
  /** What was signed, and the first of the keys that signed it. */
  | { text: string; key: NoteKey; fault?: undefined }
  /** In words that follow the name of the note: `is signed by …`. */
  | { fault: string };

/**
 * Verifies a note by the rules of https://c2sp.org/signed-note: signatures of other keys are passed over, and one of a known key
 * that is wrong makes the whole note worthless.
 */
export function openNote(note: string, keys: readonly NoteKey[], crypto: SealCrypto): OpenedNote {
  const parsed = parseNote(note);
  if (parsed === undefined) return { fault: 'is no signed note' };
  let signed: NoteKey | undefined;
  for (const { name, id, signature } of parsed.signatures) {
    const key = keys.find((one) => one.name === name && one.id === id);
    if (key === undefined) continue;
    if (!crypto.verify(key.publicKey, parsed.text, signature)) {
      return { fault: `was changed: the signature of the key ${name}+${id} is not of it` };
    }
    signed ??= key;
  }
  if (signed !== undefined) return { text: parsed.text, key: signed };
  const signers = parsed.signatures.map(({ name, id }) => `${name}+${id}`).join(', ');
  return { fault: `is signed by ${signers}, and not by a key that is trusted` };
}
