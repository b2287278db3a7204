import type { Context } from 'koa';
import { NO_EVENT_BEFORE } from '../../../shared/core/application/event-hash.js';
import { evidenceStream, taskStream } from '../../../shared/core/application/streams.js';
import { ChainVerifier } from '../../../shared/core/application/chain-verifier.js';
import {
  BrokenStreamError,
  CorruptStoreError,
  ForeignStreamError,
} from '../../../shared/core/contracts/errors.js';
import { answerJson } from '../http/answer.js';
import { nextLink } from '../http/base-path.js';
import { intParameter, parametersOf, taskIdOf } from '../http/parameters.js';
import { checkTaken } from '../http/taken-parameters.js';
import { timesOf } from '../http/times.js';
import type { QueryDeps } from '../query-deps.js';
import { cancelChain } from './cancel-chain.js';
import { historyEntryJson } from './history-entry.js';
import { taskNotFound } from './task-routes.js';

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1000;

/** A page ends before its limit once it has so many characters: events can be large. */
const PAGE_CHARACTERS_MAX = 4 * 1024 * 1024;

type Ledger = QueryDeps['eventStore'];

/** Some entries of one stream, as JSON texts, and the revision after the last of them. */
interface StreamPage {
  entries: string[];
  nextRevision: number;
  /** Whether there are more after them. */
  more: boolean;
  /** What is wrong with the first that does not verify, each with the one before it. */
  fault: string | undefined;
}

/**
 * `GET /api/v1/tasks/{id}/history`: every event of the task and its evidence, both oldest first, straight from the ledger.
 * Following pages go on in both; a stream that has ended gives no more. What is shown is verified, each event with the one
 * before it, and shown as it is if it does not verify. What is known of the task's cancel is put together from both.
 */
export function showHistory({ eventStore, crypto }: QueryDeps) {
  return async (ctx: Context, id: string): Promise<void> => {
    const taskId = taskIdOf(id);
    const parameters = parametersOf(ctx.req);
    checkTaken(parameters, ['times', 'limit', 'from_revision', 'from_evidence']);
    timesOf(parameters);
    const limit =
      intParameter(parameters, 'limit', `an int from 1 to ${LIMIT_MAX}`, 1, LIMIT_MAX) ?? LIMIT_DEFAULT;
    const fromRevision = intParameter(parameters, 'from_revision', 'an int of 0 or more', 0) ?? 0;
    const fromEvidence = intParameter(parameters, 'from_evidence', 'an int of 0 or more', 0) ?? 0;

    const stream = taskStream(taskId);
    const events = await readPage(eventStore, crypto, stream, fromRevision, limit);
    if (events.entries.length === 0 && !(await exists(eventStore, stream))) throw taskNotFound();
    const evidence = await readPage(eventStore, crypto, evidenceStream(taskId), fromEvidence, limit);

    const headers: string[] = [];
    if (events.more || evidence.more) {
      const next = `limit=${limit}&from_revision=${events.nextRevision}&from_evidence=${evidence.nextRevision}`;
      headers.push(...nextLink(ctx, `/api/v1/tasks/${taskId}/history?${next}`));
    }
    const fault = events.fault ?? evidence.fault;
    const intact = fault === undefined ? '"intact":true' : `"intact":false,"fault":${JSON.stringify(fault)}`;
    const lists = `"events":[${events.entries.join(',')}],"evidence":[${evidence.entries.join(',')}]`;
    const cancel = await cancelJson({ eventStore, crypto }, taskId);
    answerJson(ctx, 200, 'success', `{"task_id":${taskId},${intact},${lists}${cancel}}`, headers);
  };
}

async function readPage(
  ledger: Ledger,
  crypto: QueryDeps['crypto'],
  stream: string,
  fromRevision: number,
  limit: number,
): Promise<StreamPage> {
  const page: StreamPage = { entries: [], nextRevision: fromRevision, more: false, fault: undefined };
  // With the one before the first, whose hash goes into that of the first.
  const from = Math.max(0, fromRevision - 1);
  let verifier = new ChainVerifier(crypto, fromRevision);
  let prev = NO_EVENT_BEFORE;
  let characters = 0;
  for await (const event of ledger.readStream(stream, { fromRevision: from, limit: limit + 2 })) {
    if (event.revision < fromRevision) {
      prev = event.metadata.hash ?? '';
      verifier = new ChainVerifier(crypto, fromRevision, prev);
      continue;
    }
    if (page.entries.length === limit || characters > PAGE_CHARACTERS_MAX) {
      page.more = true;
      break;
    }
    page.fault ??= verifier.next(event);
    const isOurs = event.metadata.hash !== undefined || event.damage !== undefined;
    if (!isOurs && page.entries.length === 0) throw new ForeignStreamError(stream);
    // What another program has written behind ours is nobody's here to show.
    const entry = historyEntryJson(isOurs ? event : { ...event, damage: 'written by another program' }, prev);
    page.entries.push(entry);
    page.nextRevision = event.revision + 1;
    characters += entry.length;
    prev = event.metadata.hash ?? '';
  }
  return page;
}

/** What is known of the cancel, as a member that follows others; nothing where it can't be read, which the entries tell. */
async function cancelJson(reads: Pick<QueryDeps, 'eventStore' | 'crypto'>, taskId: number): Promise<string> {
  try {
    const cancel = await cancelChain(reads, taskId);
    return cancel === null ? '' : `,"cancel":${JSON.stringify(cancel)}`;
  } catch (error) {
    if (error instanceof BrokenStreamError || error instanceof CorruptStoreError) return '';
    throw error;
  }
}

async function exists(ledger: Ledger, stream: string): Promise<boolean> {
  for await (const _ of ledger.readStream(stream, { limit: 1 })) return true;
  return false;
}
