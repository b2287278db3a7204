import { base64Of, bytesOfBase64 } from './base64.js';

/** What a seal says: how many events a ledger had, and the root of the tree over them (https://c2sp.org/tlog-checkpoint). */
export interface Checkpoint {
  /** Which ledger: see `originOf`. */
  origin: string;
  /** How many events, from the ledger's first on. */
  size: number;
  root: Uint8Array;
}

/** The origin of the checkpoints of a ledger. */
export function originOf(ledgerId: string): string {
  return `taskledger/${ledgerId}`;
}

const SIZE = /^(0|[1-9]\d{0,14})$/;
const ROOT_BYTES = 32;

/** The text of a checkpoint, to be signed. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${base64Of(root)}\n`;
}

/** Reads a checkpoint; extension lines, which we write none of, are passed over. Answers `undefined` for what is none. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const [origin = '', size = '', base64 = '', ...rest] = text.split('\n');
  const root = bytesOfBase64(base64);
  const extensions = rest.slice(0, -1);
  if (origin === '' || !SIZE.test(size) || root?.length !== ROOT_BYTES || rest.at(-1) !== '')
    return undefined;
  return extensions.includes('') ? undefined : { origin, size: Number(size), root };
}
