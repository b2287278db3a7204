import { base64Of, bytesOfBase64 } from './base64.js';

/** A text with the signatures of one or more keys: a note (https://c2sp.org/signed-note). */
export interface SignedNote {
  /** What is signed. It ends with a line feed. */
  text: string;
  signatures: NoteSignature[];
}

/** One line of signature of a note. */
export interface NoteSignature {
  /** The name of the key. */
  name: string;
  /** Its id, by which keys of the same name are told apart: 8 hexadecimal digits. */
  id: string;
  signature: Uint8Array;
}

/** The most characters that a note may have. */
export const NOTE_CHARACTERS_MAX = 16 * 1024;

/** The most signatures that a note may have; the specification asks for 16. */
const SIGNATURES_MAX = 16;

const ID_BYTES = 4;
const SIGNATURE_LINE = /^— (\S+) (\S+)$/u;
// What a note's text may not have: control characters, the line feed apart.
const CONTROL = /[\0-\x09\x0b-\x1f]/;

/**
 * Reads a note. Nothing of it is verified.
 *
 * @returns `undefined` for a text that is no note.
 */
export function parseNote(note: string): SignedNote | undefined {
  if (note.length > NOTE_CHARACTERS_MAX || CONTROL.test(note) || !note.isWellFormed()) return undefined;
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) return undefined;
  const lines = note.slice(end + 2, -1).split('\n');
  if (lines.length > SIGNATURES_MAX) return undefined;
  const signatures = lines.flatMap((line) => signatureOf(line) ?? []);
  if (signatures.length !== lines.length) return undefined;
  return { text: note.slice(0, end + 1), signatures };
}

/** The text of a note. */
export function noteText({ text, signatures }: SignedNote): string {
  const lines = signatures.map(({ name, id, signature }) => {
    const bytes = new Uint8Array(ID_BYTES + signature.length);
    bytes.set(bytesOfHex(id));
    bytes.set(signature, ID_BYTES);
    return `— ${name} ${base64Of(bytes)}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

/**
 * The notes that stand in a text one after the other, each followed by an empty line.
 *
 * None of them may have an empty line in its own text, as no checkpoint has.
 */
export function splitNotes(text: string): string[] {
  const blocks = text.split(/\n\n+/);
  const notes: string[] = [];
  for (let at = 0; at + 1 < blocks.length; at += 2) {
    notes.push(`${blocks[at]}\n\n${(blocks[at + 1] as string).replace(/\n$/, '')}\n`);
  }
  // What stands alone at the end is no note either, and has to be told.
  const rest = blocks.length % 2 === 1 ? (blocks.at(-1) as string) : '';
  return rest.trim() === '' ? notes : [...notes, rest];
}

function signatureOf(line: string): NoteSignature | undefined {
  const [, name, base64] = SIGNATURE_LINE.exec(line) ?? [];
  const bytes = base64 === undefined ? undefined : bytesOfBase64(base64);
  if (name === undefined || name.includes('+') || bytes === undefined || bytes.length <= ID_BYTES)
    return undefined;
  return { name, id: hexOf(bytes.subarray(0, ID_BYTES)), signature: bytes.subarray(ID_BYTES) };
}

/** Bytes as hexadecimal digits. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function bytesOfHex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
