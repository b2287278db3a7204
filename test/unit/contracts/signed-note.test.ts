import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NodeCrypto } from '../../../shared/adapters/node/node-crypto.js';
import { openNote, signNote } from '../../../shared/core/application/seals/signing.js';
import { checkpointText, parseCheckpoint } from '../../../shared/core/contracts/checkpoint.js';
import {
  noteKey,
  parseSignerKey,
  parseVerifierKey,
  signerKeyText,
  verifierKeyText,
  type NoteKey,
} from '../../../shared/core/contracts/note-keys.js';
import { noteText, parseNote, splitNotes } from '../../../shared/core/contracts/signed-note.js';
import { signerOf } from '../../support/sealed-ledger.js';

const crypto = new NodeCrypto();
const digest = (bytes: Uint8Array): Uint8Array => crypto.digest(bytes);

/** The example of https://c2sp.org/signed-note. */
const EXAMPLE_KEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const EXAMPLE = `This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`;

describe('signed notes', () => {
  it('verify the example of the specification, and no other text under its signature', () => {
    const key = parseVerifierKey(EXAMPLE_KEY, digest) as NoteKey;
    expect(verifierKeyText(key)).toBe(EXAMPLE_KEY);
    expect(openNote(EXAMPLE, [key], crypto)).toEqual({ text: 'This is an example message.\n', key });
    expect(openNote(EXAMPLE.replace('an', 'no'), [key], crypto)).toHaveProperty('fault');
    expect(noteText(parseNote(EXAMPLE) as NonNullable<ReturnType<typeof parseNote>>)).toBe(EXAMPLE);
  });

  it('count only when a trusted key has signed, and not when one of them has signed something else', () => {
    const [one, two] = [signerOf(1), signerOf(2)];
    const note = signNote('text\n', [one, two], crypto);
    expect(openNote(note, [two], crypto)).toEqual({ text: 'text\n', key: two });
    expect(openNote(note, [signerOf(3)], crypto)).toMatchObject({ fault: expect.stringMatching(/trusted/) });
    const parsed = parseNote(signNote('other\n', [two], crypto)) as NonNullable<ReturnType<typeof parseNote>>;
    const own = parseNote(note) as NonNullable<ReturnType<typeof parseNote>>;
    const mixed = noteText({
      text: own.text,
      signatures: [...own.signatures.slice(0, 1), ...parsed.signatures],
    });
    expect(openNote(mixed, [one, two], crypto)).toMatchObject({
      fault: expect.stringMatching(/was changed/),
    });
  });

  it.each([
    ['no signature', 'text\n'],
    ['no line feed at the end', EXAMPLE.trimEnd()],
    ['a control character', EXAMPLE.replace('an', '\t')],
    ['a line among the signatures that is none', `${EXAMPLE}more\n`],
    ['a signature that is no base64', EXAMPLE.replace('Uw2', 'Uw?')],
    ['too many signatures', `text\n\n${EXAMPLE.split('\n')[2]}\n`.replace(/(— .*\n)/, '$1'.repeat(17))],
  ])('are none with %s', (_, note) => {
    expect(parseNote(note)).toBeUndefined();
  });

  it('stand one after the other in a file', () => {
    const notes = [1, 2, 3].map((size) =>
      signNote(
        checkpointText({ origin: 'taskledger/x', size, root: digest(new Uint8Array(size)) }),
        [signerOf(1)],
        crypto,
      ),
    );
    expect(splitNotes(notes.map((note) => `${note}\n`).join(''))).toEqual(notes);
    expect(splitNotes(notes[0] as string)).toEqual([notes[0]]);
    expect(splitNotes('')).toEqual([]);
    expect(splitNotes(`${notes[0]}\ntaskledger/x\n4`)).toEqual([notes[0], 'taskledger/x\n4']);
  });
});

describe('keys of notes', () => {
  it('come back from their texts, with the id that follows from them', () => {
    const signer = signerOf(5, 'example.com/taskledger');
    const publicKeyOf = (seed: Uint8Array): Uint8Array => crypto.publicKeyOf(seed);
    expect(parseSignerKey(signerKeyText(signer), digest, publicKeyOf)).toEqual(signer);
    const { seed: _, ...key } = signer;
    expect(parseVerifierKey(verifierKeyText(signer), digest)).toEqual(key);
    expect(verifierKeyText(signer)).not.toContain(Buffer.from(signer.seed).toString('base64').slice(2, 20));
    const changed = { ...noteKey('other', key.publicKey, digest), id: key.id };
    expect(parseVerifierKey(verifierKeyText(changed), digest)).toBeUndefined();
    expect(parseVerifierKey('', digest)).toBeUndefined();
    expect(parseSignerKey(verifierKeyText(signer), digest, publicKeyOf)).toBeUndefined();
  });
});

describe('checkpoints', () => {
  it('come back from their texts', () => {
    const root = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(fc.nat(), root, (size, root) => {
        const checkpoint = { origin: 'taskledger/x', size, root };
        const read = parseCheckpoint(checkpointText(checkpoint));
        expect(read && { ...read, root: [...read.root] }).toEqual({ ...checkpoint, root: [...root] });
      }),
    );
  });

  it.each([
    'a\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n',
    'a\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n',
    'a\n1\n47DE\n',
    '\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n',
    'a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
    'a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\nx\n',
  ])('are none: %j', (text) => {
    expect(parseCheckpoint(text)).toBeUndefined();
  });
});
