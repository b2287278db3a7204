import { RecentCache } from '../../kit/recent-cache.js';
import { UnavailableError } from '../contracts/errors.js';
import type { RefusalCode } from '../domain/decide.js';
import { digest } from '../domain/digest.js';
import { canonicalJson, type JsonObject } from '../domain/json.js';
import { TASK_EVIDENCE_MAX } from '../domain/limits.js';
import { originKey } from '../domain/task.js';
import type { Crypto } from '../ports/crypto.js';
import type { EventStore, NewEvent } from '../ports/event-store.js';
import { appendParts } from './append-size.js';
import { CANCEL_RECEIPT, CANCEL_RECEIPT_TYPE } from './cancel-receipt.js';
import { chainEvent } from './chained-event.js';
import { NO_EVENT_BEFORE } from './event-hash.js';
import type { ReceivedCommand } from './received-command.js';
import { openFacts, sealedFacts, type SealedData } from './stored-facts.js';
import { eventMetadata } from './stored-metadata.js';
import { evidenceStream } from './streams.js';
import { upcast } from './upcasters.js';
import { verified } from './chain-verifier.js';

/** A command that was refused, with all that an auditor wants to know of why; or the receipt of a cancel. */
export interface RefusedCommand {
  received: ReceivedCommand;
  code: RefusalCode | typeof CANCEL_RECEIPT;
  explanation: string;
  /** The task's status and revision when it was refused. */
  status: string;
  revision: number;
  recordedAt: string;
}

/** What is known of a task's evidence stream. */
interface EvidenceHead {
  revision: number;
  hash: string;
  recordedAt: string;
  /** What is kept in full: its origins, and of other events of the same origin what they say. */
  kept: Set<string>;
  /** Whether the worker's receipt of a cancel is kept: there is one, however many come. */
  hasReceipt: boolean;
  /** How many were refused beyond what is kept. */
  counted: number;
  /** The last such number that was written down. */
  countWritten: number;
}

/** How many tasks' evidence is remembered, weighed by the number of kept refusals. */
const REMEMBERED_MAX = 20_000;
const CONFLICTS_MAX = 20;

/**
 * Keeps the late and illegal events of a task that exists: once per source and id (and of events that share these, once for
 * each that says something else), at most `TASK_EVIDENCE_MAX`, beyond
 * which they are counted. The count is written down each time that it has doubled, so that a publisher gone wild can't
 * fill the ledger; after a restart it goes on from the number written last. The first receipt of a cancel is kept as well.
 */
export class TaskEvidence {
  private readonly heads = new RecentCache<number, EvidenceHead>(REMEMBERED_MAX);

  constructor(private readonly deps: { store: EventStore; crypto: Crypto }) {}

  /**
   * Keeps what was refused of one task. When it answers, it is on disk.
   *
   * @throws BrokenStreamError when what has been kept does not verify.
   * @throws UnavailableError when the effect is unknown.
   */
  async keep(taskId: number, refused: readonly RefusedCommand[]): Promise<void> {
    for (let conflicts = 0; conflicts < CONFLICTS_MAX; conflicts++) {
      const head = this.heads.get(taskId) ?? (await this.load(taskId));
      const next: EvidenceHead = { ...head, kept: new Set(head.kept) };
      const events = refused.flatMap((one) => this.eventsFor(taskId, one, next));
      if (await this.append(taskId, head, events)) {
        this.heads.set(taskId, next, 1 + next.kept.size);
        return;
      }
      this.heads.delete(taskId);
    }
    throw new UnavailableError(`The evidence of task ${taskId} could not be kept: too many writers at once`);
  }

  /** Answers whether all of it stands there; what did is known again when it is tried anew. */
  private async append(taskId: number, { revision }: EvidenceHead, events: NewEvent[]): Promise<boolean> {
    let last = revision;
    for (const part of appendParts(events)) {
      const expectedRevision = last < 0 ? 'no_stream' : last;
      const append = { stream: evidenceStream(taskId), expectedRevision, events: part } as const;
      const [outcome] = await this.deps.store.append([append]);
      if (outcome?.outcome !== 'appended') return false;
      last += part.length;
    }
    return true;
  }

  /** What one refusal adds; moves the head along. */
  private eventsFor(taskId: number, refused: RefusedCommand, head: EvidenceHead): NewEvent[] {
    const { received, code } = refused;
    if (code === CANCEL_RECEIPT) {
      if (head.hasReceipt) return [];
      head.hasReceipt = true;
      const data = this.seal({ ...received.command.facts, task_revision: refused.revision });
      return [this.next(taskId, refused, head, CANCEL_RECEIPT_TYPE, data)];
    }
    const name = nameOf(originKey(received.origin), code, received.name, received.command.facts);
    if (head.kept.has(name)) return [];
    if (head.kept.size < TASK_EVIDENCE_MAX) {
      head.kept.add(name);
      return [this.next(taskId, refused, head, 'TaskEventRefused', this.dataOf(refused))];
    }
    head.counted++;
    if (head.counted < head.countWritten * 2) return [];
    head.countWritten = head.counted;
    return [this.next(taskId, refused, head, 'TaskEvidenceCounted', this.seal({ counted: head.counted }))];
  }

  private next(
    taskId: number,
    { received, recordedAt }: RefusedCommand,
    head: EvidenceHead,
    type: string,
    data: SealedData,
  ): NewEvent {
    head.revision++;
    head.recordedAt = recordedAt > head.recordedAt ? recordedAt : head.recordedAt;
    const place = { stream: evidenceStream(taskId), revision: head.revision, prev: head.hash };
    const metadata = eventMetadata(received, head.recordedAt);
    const event = chainEvent(place, type, data, metadata, this.deps.crypto);
    head.hash = event.hash;
    return event;
  }

  private dataOf({ received, code, explanation, status, revision }: RefusedCommand): SealedData {
    return this.seal({
      ...received.command.facts,
      refused: received.name,
      code,
      explanation,
      status,
      task_revision: revision,
    });
  }

  private seal(facts: object): SealedData {
    return sealedFacts(facts, this.deps.crypto);
  }

  private async load(taskId: number): Promise<EvidenceHead> {
    const head: EvidenceHead = {
      revision: -1,
      hash: NO_EVENT_BEFORE,
      recordedAt: '',
      kept: new Set(),
      hasReceipt: false,
      counted: 0,
      countWritten: 0,
    };
    const { store, crypto } = this.deps;
    for await (const recorded of verified(store.readStream(evidenceStream(taskId)), crypto)) {
      const { type, revision, data, metadata } = upcast(recorded);
      head.revision = revision;
      head.hash = metadata.hash ?? '';
      head.recordedAt = metadata.recorded_at ?? '';
      if (type === 'TaskEvidenceCounted') head.counted = head.countWritten = Number(data.counted);
      else if (type === CANCEL_RECEIPT_TYPE) head.hasReceipt = true;
      else head.kept.add(keptName(metadata, openFacts(type, data)));
    }
    return head;
  }
}

/** By what a refusal is known again. Where the id itself is what was refused, it does not say which event it was. */
function nameOf(origin: string, code: string, type: string, facts: object): string {
  if (code !== ('event_id_conflict' satisfies RefusalCode)) return origin;
  // Empty params are not stored.
  const { params, ...others } = facts as JsonObject;
  const said = params !== undefined && canonicalJson(params) === '{}' ? others : facts;
  return `${origin} ${type} ${digest(canonicalJson(said as JsonObject)).join()}`;
}

/** The same of one that was read; of what was erased it can't be told, and it may then be kept once more. */
function keptName({ source = '', event_id: id = '' }: Record<string, string>, said: JsonObject): string {
  const { refused, code, explanation: _, status: __, task_revision: ___, ...facts } = said;
  const known = Object.entries(facts).filter(([, value]) => value !== undefined);
  return nameOf(originKey({ source, id }), code as string, refused as string, Object.fromEntries(known));
}
