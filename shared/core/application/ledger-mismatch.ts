import type { EventStore } from '../ports/event-store.js';
import type { LedgerMark } from '../ports/read-model.js';

/**
 * Why data does not come from a ledger as it is; `undefined` when it does. An older copy of a ledger, or that of another
 * installation, may well have an event at the same position; only the same event makes the data right.
 *
 * @param ledgerId The ledger's.
 * @param marks The furthest places that the data was made from; without a position, while the ledger was empty.
 */
export async function ledgerMismatch(
  store: Pick<EventStore, 'fingerprintAt' | 'lastPosition'>,
  ledgerId: string | undefined,
  marks: readonly Partial<LedgerMark>[],
): Promise<string | undefined> {
  const name = ledgerId ?? 'of an unknown id';
  for (const { position, ledgerId: madeFrom, fingerprint } of marks) {
    if (madeFrom !== ledgerId)
      return `it was made from the ledger ${madeFrom ?? 'of an unknown id'}, and this one is ${name}`;
    if (position === undefined) continue;
    const found = await store.fingerprintAt(position);
    if (found === undefined) {
      const end = await store.lastPosition();
      const here = end === undefined ? 'is empty' : `ends at ${end}`;
      return `it was made from the ledger ${name} up to position ${position}, and this one ${here}`;
    }
    if (fingerprint !== undefined && found !== fingerprint)
      return `it was made from event ${fingerprint} at position ${position}, where this ledger ${name} has ${found}`;
  }
  return undefined;
}
