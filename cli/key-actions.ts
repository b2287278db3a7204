import { NodeCrypto } from '../shared/adapters/node/node-crypto.js';
import { successionNote } from '../shared/core/application/seals/key-succession.js';
import { noteKey, verifierKeyText, type NoteSigner } from '../shared/core/contracts/note-keys.js';
import { createKeyFile, readKeyFile, replaceKeyFile } from './key-file.js';

const crypto = new NodeCrypto();

/** Makes a key, and prints its public part. */
export async function newKey(path: string, name: string): Promise<void> {
  const signer = freshSigner(name);
  await createKeyFile(path, { signer, successions: [] });
  process.stdout.write(`${verifierKeyText(signer)}\n`);
}

/** Prints the public keys of a key file, the oldest first: the last one is in use. */
export async function showKeys(path: string): Promise<void> {
  const { signer, successions } = await readKeyFile(path);
  const keys = [...successions.map(({ from }) => from), signer];
  process.stdout.write(keys.map((key) => `${verifierKeyText(key)}\n`).join(''));
}

/**
 * Puts a new key in the place of the one in a key file, which signs that over to it and is not kept. Prints the new public key.
 *
 * @param name What the new one is called; by default as the old one.
 */
export async function rotateKey(path: string, name: string | undefined): Promise<void> {
  const { signer: from, successions } = await readKeyFile(path);
  const signer = freshSigner(name ?? from.name);
  const note = successionNote(from, signer, crypto);
  await replaceKeyFile(path, { signer, successions: [...successions, { note, from }] });
  process.stdout.write(`${verifierKeyText(signer)}\n`);
}

function freshSigner(name: string): NoteSigner {
  const seed = crypto.newSeed();
  return { ...noteKey(name, crypto.publicKeyOf(seed), (bytes) => crypto.digest(bytes)), seed };
}
