import { UnavailableError } from '../contracts/errors.js';
import { TASK_EVIDENCE_MAX } from '../domain/limits.js';
import { originKey } from '../domain/task.js';
import type { Crypto } from '../ports/crypto.js';
import type { EventStore, NewEvent } from '../ports/event-store.js';
import { chainEvent } from './chained-event.js';
import { NO_EVENT_BEFORE } from './event-hash.js';
import type { ReceivedCommand } from './received-command.js';
import { RecentCache } from './recent-cache.js';
import { sealedFacts, type SealedData } from './stored-facts.js';
import { eventMetadata } from './stored-metadata.js';
import { evidenceStream } from './streams.js';
import { upcast } from './upcasters.js';
import { verified } from './verify-chain.js';

/** A command that was refused, with all that an auditor wants to know of why. */
export interface RefusedCommand {
  received: ReceivedCommand;
  code: string;
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
  /** Origins of what is kept in full. */
  kept: Set<string>;
  /** How many were refused beyond what is kept. */
  counted: number;
  /** The last such number that was written down. */
  countWritten: number;
}

/** How many tasks' evidence is remembered, weighed by the number of kept refusals. */
const REMEMBERED_MAX = 20_000;
const CONFLICTS_MAX = 20;

/**
 * Keeps the late and illegal events of a task that exists: once per source and id, at most `TASK_EVIDENCE_MAX`, beyond
 * which they are counted. The count is written down each time that it has doubled, so that a publisher gone wild can't
 * fill the ledger; after a restart it goes on from the number written last.
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
      if (events.length > 0) {
        const [outcome] = await this.deps.store.append([
          {
            stream: evidenceStream(taskId),
            expectedRevision: head.revision < 0 ? 'no_stream' : head.revision,
            events,
          },
        ]);
        if (outcome?.outcome !== 'appended') {
          this.heads.delete(taskId);
          continue;
        }
      }
      this.heads.set(taskId, next, 1 + next.kept.size);
      return;
    }
    throw new UnavailableError(`The evidence of task ${taskId} could not be kept: too many writers at once`);
  }

  /** What one refusal adds; moves the head along. */
  private eventsFor(taskId: number, refused: RefusedCommand, head: EvidenceHead): NewEvent[] {
    const origin = originKey(refused.received.origin);
    if (head.kept.has(origin)) return [];
    if (head.kept.size < TASK_EVIDENCE_MAX) {
      head.kept.add(origin);
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
      else head.kept.add(originKey({ source: metadata.source ?? '', id: metadata.event_id ?? '' }));
    }
    return head;
  }
}
