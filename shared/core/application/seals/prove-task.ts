import { base64Of } from '../../contracts/base64.js';
import { parseCheckpoint } from '../../contracts/checkpoint.js';
import { InvalidRequestError } from '../../contracts/errors.js';
import { parseNote } from '../../contracts/signed-note.js';
import { PROOF_EVENTS_MAX, PROOF_FORM, type TaskProof } from '../../contracts/task-proof.js';
import { ProofNodes } from '../../domain/merkle/proof-nodes.js';
import type { SealCrypto } from '../../ports/crypto.js';
import type { EventStore, RecordedEvent } from '../../ports/event-store.js';
import { evidenceStream, SEALS_STREAM, taskStream } from '../streams.js';
import { readSealEvent } from './seal-events.js';
import { isLeaf, sealLeaf } from './seal-leaf.js';

export interface ProveOptions {
  store: EventStore;
  crypto: SealCrypto;
  taskId: number;
  /** The note of a seal that was kept, which the newest one has to continue. */
  older?: string | undefined;
  signal?: AbortSignal;
}

/** The ledger's newest seal, and the keys that took the place of others before it. */
interface NewestSeal {
  note: string;
  position: string;
  size: number;
  successions: string[];
}

/**
 * Proves what is on record of a task: its events and what was refused, as far as they are under the newest seal, each with the
 * proof that it is. The ledger is read once up to that seal.
 *
 * @throws InvalidRequestError when there is no seal, no such task under it, or it has too many events.
 */
export async function proveTask(options: ProveOptions): Promise<TaskProof> {
  const { store, crypto, taskId, older, signal } = options;
  const seal = await newestSeal(store);
  const olderSize = older === undefined ? undefined : sizeOf(older);
  if (olderSize !== undefined && olderSize > seal.size)
    throw new InvalidRequestError(
      `The older seal covers ${olderSize} events, and the ledger's newest ${seal.size}: it is not older`,
    );
  const streams = [taskStream(taskId), evidenceStream(taskId)];
  const events = await sealedEvents(store, streams, seal.position, taskId);
  const indexes = await indexesOf(events, options, seal.position);
  const nodes = new ProofNodes(seal.size, (data) => crypto.digest(data));
  for (const index of indexes) nodes.wantInclusion(index);
  if (olderSize !== undefined) nodes.wantConsistency(olderSize);
  for await (const event of leavesUpTo(store, seal.position, signal)) nodes.take(sealLeaf(event, crypto));
  return {
    form: PROOF_FORM,
    task_id: taskId,
    seal: seal.note,
    successions: seal.successions,
    events: events.map(({ stream, revision, type, data, metadata }, at) => {
      const index = indexes[at] as number;
      return { stream, revision, type, data, metadata, index, proof: nodes.inclusion(index).map(base64Of) };
    }),
    ...(older !== undefined && {
      older: { seal: older, proof: nodes.consistency(olderSize as number).map(base64Of) },
    }),
  };
}

async function newestSeal(store: EventStore): Promise<NewestSeal> {
  let newest: NewestSeal | undefined;
  const successions: string[] = [];
  for await (const event of store.readStream(SEALS_STREAM)) {
    const record = readSealEvent(event);
    if (record.kind === 'succession') successions.push(record.note);
    if (record.kind !== 'seal') continue;
    const { note, position } = record.facts;
    newest = { note, position, size: sizeOf(note), successions: [...successions] };
  }
  if (newest === undefined) throw new InvalidRequestError('The ledger has no seal yet (docs/proof.md)');
  return newest;
}

function sizeOf(note: string): number {
  const checkpoint = parseCheckpoint(parseNote(note)?.text ?? '');
  if (checkpoint === undefined) throw new InvalidRequestError('The seal is no signed checkpoint');
  return checkpoint.size;
}

/** The events of a task's streams that are under the seal. */
async function sealedEvents(
  store: EventStore,
  streams: readonly string[],
  position: string,
  taskId: number,
): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for (const stream of streams) {
    for await (const event of store.readStream(stream, { limit: PROOF_EVENTS_MAX + 1 })) {
      if (event.position <= position) events.push(event);
    }
  }
  if (events.length === 0)
    throw new InvalidRequestError(`There is no task ${taskId} under the ledger's newest seal`);
  if (events.length > PROOF_EVENTS_MAX)
    throw new InvalidRequestError(`Task ${taskId} has more than ${PROOF_EVENTS_MAX} events`);
  return events;
}

/** The place of each event among the ledger's. */
async function indexesOf(
  events: readonly RecordedEvent[],
  { store, signal }: ProveOptions,
  position: string,
): Promise<number[]> {
  const wanted = new Map(events.map((event, at) => [event.position, at]));
  const indexes = new Array<number>(events.length);
  let index = 0;
  for await (const event of leavesUpTo(store, position, signal)) {
    const at = wanted.get(event.position);
    if (at !== undefined) indexes[at] = index;
    index++;
  }
  return indexes;
}

async function* leavesUpTo(
  store: EventStore,
  position: string,
  signal?: AbortSignal,
): AsyncGenerator<RecordedEvent> {
  for await (const event of store.readAll({}, signal)) {
    if (event.position > position) return;
    if (isLeaf(event)) yield event;
  }
}
