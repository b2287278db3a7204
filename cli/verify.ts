import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { NodeCrypto } from '../shared/adapters/node/node-crypto.js';
import type { KeptSeal, SealSummary } from '../shared/core/application/seals/seal-verifier.js';
import { verifySeals } from '../shared/core/application/seals/verify-seals.js';
import { originOf } from '../shared/core/contracts/checkpoint.js';
import type { NoteKey } from '../shared/core/contracts/note-keys.js';
import type { EventStore } from '../shared/core/ports/event-store.js';
import { Lifecycle } from '../shared/runtime/lifecycle.js';
import { createLogger } from '../shared/runtime/observability/logger.js';
import type { Settings } from '../shared/runtime/settings.js';
import { openEventStore } from './engines.js';
import type { VerifyThreadData, VerifyThreadWord } from './verify-thread.js';

const ENTRY = new URL('./verify-thread.js', import.meta.url);

/** Faults beyond this are counted, not told. */
const TOLD_FAULTS_MAX = 100;

/** A thread is not worth its start for fewer events than this. */
const EVENTS_PER_THREAD_MIN = 20_000;

/** How often progress is told, in milliseconds. */
const PROGRESS_MS = 2_000;

/** A part of the ledger, from one position (not included) to another (included); open ends are the ledger's. */
type Part = Pick<VerifyThreadData, 'afterPosition' | 'upToPosition'>;

/** What the ledger's seals are held against. */
export interface SealsAsked {
  /** The public keys that are trusted. */
  keys: readonly NoteKey[];
  /** Seals that were kept outside, the smallest first. */
  kept: readonly KeptSeal[];
}

/**
 * Verifies the whole ledger on all processors, beside the program that writes to it, and says on stdout what is wrong.
 *
 * @param seals With them all seals are verified, too.
 * @returns Whether nothing is wrong.
 */
export async function verify(settings: Settings, seals?: SealsAsked): Promise<boolean> {
  const logger = createLogger(settings);
  const lifecycle = new Lifecycle(logger);
  try {
    const store = await openEventStore({ settings, lifecycle, logger }, { readOnly: true });
    const last = await store.lastPosition();
    const total = store.capabilities.countEvents?.(undefined, last);
    const tally = new Tally(total);
    const parts = last === undefined ? [] : partsOf(store, last, total);
    const id = await store.identity();
    const sealed = seals && verifyAllSeals(store, seals, { id, last, tally });
    const counts = await Promise.all(parts.map((part) => verifyPart(settings, part, tally)));
    const summary = await sealed;
    tally.end();
    const events = counts.reduce((sum, count) => sum + count, 0);
    const which = id === undefined ? 'The ledger' : `Ledger ${id}`;
    const found = ['no fault', '1 fault'][tally.faults] ?? `${tally.faults} faults`;
    process.stdout.write(`${which}: ${events} events verified, ${found}\n`);
    if (summary !== undefined) process.stdout.write(sealsLine(summary));
    return tally.faults === 0;
  } finally {
    await lifecycle.stop();
  }
}

/** Holds the events against the seals in this thread, while others verify the events. */
async function verifyAllSeals(
  store: EventStore,
  { keys, kept }: SealsAsked,
  { id, last, tally }: { id: string | undefined; last: string | undefined; tally: Tally },
): Promise<SealSummary> {
  const onFault = (text: string): void => tally.fault(text);
  const trust = { keys, kept, origin: originOf(id ?? '') };
  return verifySeals({ store, crypto: new NodeCrypto(), trust, upToPosition: last, onFault });
}

function sealsLine({ seals, sealedEvents, events }: SealSummary): string {
  const newer = events - sealedEvents;
  return `${seals} seals, the last over ${sealedEvents} events; ${Math.max(0, newer)} are newer and not sealed yet\n`;
}

/** As many parts as there are processors, where positions can be counted with; else all of it is one. */
function partsOf(store: EventStore, last: string, total: number | undefined): Part[] {
  const count = Math.min(availableParallelism(), Math.ceil((total ?? 1) / EVENTS_PER_THREAD_MIN));
  const { positionAt } = store.capabilities;
  if (total === undefined || positionAt === undefined || count < 2) return [{ upToPosition: last }];
  const bounds = Array.from({ length: count - 1 }, (_, at) =>
    positionAt(Math.floor((total * (at + 1)) / count)),
  );
  return [...bounds, last].map((upToPosition, at) => ({ afterPosition: bounds[at - 1], upToPosition }));
}

/** Has a thread verify a part. Answers how many events it had. */
function verifyPart(settings: Settings, part: Part, tally: Tally): Promise<number> {
  const workerData: VerifyThreadData = { settings, ...part };
  const worker = new Worker(ENTRY, { name: 'verify', workerData });
  return new Promise((resolve, reject) => {
    worker.on('message', (word: VerifyThreadWord) => {
      if (word.kind === 'fault') tally.fault(word.text);
      else if (word.kind === 'progress') tally.progress(word.events);
      else resolve(word.events);
    });
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`A thread that verified has ended with code ${code}`)));
  });
}

/** What was found so far, told as it comes. */
class Tally {
  faults = 0;
  private events = 0;
  private toldAtMs = performance.now();
  private readonly startedAtMs = performance.now();

  constructor(private readonly total: number | undefined) {}

  fault(text: string): void {
    this.faults++;
    if (this.faults <= TOLD_FAULTS_MAX) process.stdout.write(`${text}\n`);
  }

  progress(events: number): void {
    this.events += events;
    const now = performance.now();
    if (now - this.toldAtMs < PROGRESS_MS) return;
    this.toldAtMs = now;
    const perSecond = Math.round((this.events * 1000) / (now - this.startedAtMs));
    const of = this.total === undefined ? '' : ` of ${this.total}`;
    process.stderr.write(`${this.events}${of} events, ${perSecond}/s\n`);
  }

  end(): void {
    const more = this.faults - TOLD_FAULTS_MAX;
    if (more > 0) process.stdout.write(`and ${more} more\n`);
  }
}
