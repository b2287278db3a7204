import { open, type Database, type RootDatabase } from 'lmdb';

/** How many appenders there are at once, each with one event under way. */
export const APPENDERS = 64;

/** How many events a second get through when each appender takes the next one as soon as its last one is done. */
export async function rateOf<Item>(
  items: readonly Item[],
  take: (item: Item, index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: APPENDERS }, async () => {
      for (let index = next++; index < items.length; index = next++) await take(items[index] as Item, index);
    }),
  );
  return (items.length * 1000) / (performance.now() - start);
}

/** The limit of a ledger: LMDB with sequential keys alone, each value on disk before it is answered. */
export class RawLedger {
  readonly #root: RootDatabase<Buffer, number>;
  readonly #events: Database<Buffer, number>;
  #position = 0;

  constructor(path: string) {
    // Without `overlappingSync: false` a put is answered before it is on disk.
    this.#root = open({ path, noSubdir: false, overlappingSync: false, encoding: 'binary' });
    this.#events = this.#root.openDB('events', { encoding: 'binary' });
  }

  /** Puts some records and waits until they are on disk. */
  async put(records: readonly Buffer[]): Promise<void> {
    let last: Promise<boolean> | undefined;
    // One turn's puts are one commit.
    for (const record of records) last = this.#events.put(++this.#position, record);
    await last;
  }

  /** Events a second, put from all appenders. @param events The records of each. */
  rate(events: readonly (readonly Buffer[])[]): Promise<number> {
    return rateOf(events, (records) => this.put(records));
  }

  async close(): Promise<void> {
    await this.#root.close();
  }
}
