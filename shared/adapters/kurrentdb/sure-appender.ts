import { BrokenStreamError, LedgerDeniedError, UnavailableError } from '../../core/contracts/errors.js';
import { IDENTITY_STREAM } from '../../core/contracts/identity-stream.js';
import type { AppendOutcome } from '../../core/ports/event-store.js';
import type { AppendRequest } from './append-request.js';
import type { AppendedLedger } from './appended-ledger.js';
import { BatchAppender } from './batch-appender.js';
import type { KurrentDbConnection } from './kurrentdb-connection.js';
import { standingOutcome } from './standing-outcome.js';

/** How long an append may take, with all that has to be looked at to know what became of it. */
const APPEND_MS_MAX = 5_000;

/** How long its answer is waited for at a time: the store itself says after 2 seconds that it does not know. */
const ANSWER_MS_MAX = 3_000;

/** How often an append is sent, whose effect is unknown and which is not there. */
const SENDS_MAX = 4;

/**
 * For how long a denial is told after it was met last. An append that works ends it at once; but while nobody appends, nobody
 * would ever hear that the rights are there again.
 */
const DENIAL_MS_MAX = 60_000;

/** The most events and bytes under way at the same time; what comes beyond is refused. */
const PENDING_EVENTS_MAX = 100_000;
const PENDING_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Appends, and finds out what became of those whose effect the store does not say: it drops the repeat of what it has not
 * committed yet and answers `Timeout`, and a connection may break before the answer comes. Such events are looked for where
 * they would stand, and sent again when nothing stands there, which is safe: the same events at the same place are one append.
 */
export class SureAppender {
  readonly #connection: KurrentDbConnection;
  readonly #appender: BatchAppender;
  readonly #ledger: AppendedLedger;
  #pendingEvents = 0;
  #pendingBytes = 0;
  #denial: { message: string; atMs: number } | undefined;

  /** @param ledger Makes sure that every append goes to the ledger that it was decided on. */
  constructor(connection: KurrentDbConnection, ledger: AppendedLedger) {
    this.#connection = connection;
    this.#ledger = ledger;
    this.#appender = new BatchAppender(connection, () => ledger.check());
  }

  /**
   * @throws UnavailableError when it is not known in time what became of it, or too much is under way.
   * @throws TooLargeForLedgerError when the append is too large for this store.
   */
  async append(request: AppendRequest): Promise<AppendOutcome> {
    const events = request.append.events.length;
    const { bytes } = request;
    if (this.#pendingEvents + events > PENDING_EVENTS_MAX || this.#pendingBytes + bytes > PENDING_BYTES_MAX) {
      throw new UnavailableError(
        `KurrentDB has ${this.#pendingEvents} events waiting to be appended; try again later`,
      );
    }
    this.#pendingEvents += events;
    this.#pendingBytes += bytes;
    try {
      const outcome = await this.#untilKnown(request);
      const last = request.append.events.at(-1);
      if (outcome.outcome === 'appended' && last !== undefined)
        this.#ledger.appended(outcome.position, last.id);
      return outcome;
    } finally {
      this.#pendingEvents -= events;
      this.#pendingBytes -= bytes;
    }
  }

  /** Why the store lets this user append nothing, as far as is known. */
  denied(): string | undefined {
    if (this.#denial === undefined || performance.now() - this.#denial.atMs > DENIAL_MS_MAX) return undefined;
    return this.#denial.message;
  }

  close(): void {
    this.#appender.close();
  }

  async #untilKnown(request: AppendRequest): Promise<AppendOutcome> {
    const untilMs = performance.now() + APPEND_MS_MAX;
    const { replacements } = this.#ledger;
    const leftMs = () => untilMs - performance.now();
    for (let sends = 1; ; sends++) {
      const outcome = await this.#send(request, Math.min(leftMs(), ANSWER_MS_MAX), replacements);
      if ('outcome' in outcome) return outcome;
      // It was decided on what is not there any more.
      if (this.#ledger.replacements !== replacements) throw outcome.doubt;
      if (sends === SENDS_MAX || leftMs() < 1) throw outcome.doubt;
      const standing = await standingOutcome(this.#connection, request.append, leftMs()).catch((error) => {
        // Whoever can't be asked what became of it need not be sent it again.
        throw error instanceof UnavailableError ? outcome.doubt : error;
      });
      if (standing !== undefined) return standing;
    }
  }

  /** @param replacements How often the ledger had been replaced when it was decided on. */
  async #send(
    request: AppendRequest,
    ms: number,
    replacements: number,
  ): Promise<AppendOutcome | { doubt: UnavailableError }> {
    try {
      const answer = await this.#appender.append(request, ms, () => {
        if (this.#ledger.replacements !== replacements)
          throw new UnavailableError('KurrentDB has another ledger now than what was to be appended is of');
      });
      this.#denial = undefined;
      if (answer.outcome === 'conflict') return answer;
      const { revision, position } = answer;
      checkRevision(request, revision);
      if (position !== undefined) return { outcome: 'appended', revision, position };
      // For what it was just about to write when it came again, the store has no position.
      return { doubt: new UnavailableError(`KurrentDB does not show event ${revision} yet`) };
    } catch (error) {
      // Who may only read may not make the ledger's id either, and need not.
      if (error instanceof LedgerDeniedError && request.append.stream !== IDENTITY_STREAM)
        this.#denial = { message: error.message, atMs: performance.now() };
      else if (error instanceof UnavailableError && !(error instanceof LedgerDeniedError))
        return { doubt: error };
      throw error;
    }
  }
}

/** Of a stream that was deleted, but not for good, the store takes what shall begin it, and goes on with its revisions. */
function checkRevision({ append }: AppendRequest, revision: number): void {
  const before = append.expectedRevision === 'no_stream' ? -1 : append.expectedRevision;
  if (revision === before + append.events.length) return;
  throw new BrokenStreamError(`${append.stream} has had events that were deleted in the ledger's engine`);
}
