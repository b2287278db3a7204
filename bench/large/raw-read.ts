import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { handedEvents } from '../handed-events.js';

const CHUNK_BYTES = 1024 * 1024;
const PARSED_EVENTS = 600_000;

/**
 * The limit for whoever reads a whole ledger, in events a second: all bytes of its files, from beginning to end, and then
 * as many events parsed as JSON (`data` and `metadata`, from their bytes), on one thread. Files in folders of the ledger's
 * folder are left out: they are derived.
 */
export async function rawReadRate(ledgerFolder: string, events: number): Promise<number> {
  const start = performance.now();
  let bytes = 0;
  for (const entry of await readdir(ledgerFolder, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = createReadStream(join(ledgerFolder, entry.name), { highWaterMark: CHUNK_BYTES });
    for await (const chunk of file) bytes += (chunk as Buffer).length;
  }
  if (bytes === 0) throw new Error(`There is no ledger in ${ledgerFolder}`);
  const readMs = performance.now() - start;
  return (events * 1000) / (readMs + events * (await parseMs()));
}

/** How long parsing one event takes, in milliseconds. */
async function parseMs(): Promise<number> {
  const texts = (await handedEvents()).map(({ event }) => [
    Buffer.from(event.data),
    Buffer.from(event.metadata),
  ]);
  const start = performance.now();
  for (let parsed = 0; parsed < PARSED_EVENTS; parsed++)
    for (const text of texts[parsed % texts.length]!) JSON.parse(text.toString());
  return (performance.now() - start) / PARSED_EVENTS;
}
