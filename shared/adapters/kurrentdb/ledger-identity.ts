import { randomUUID } from 'node:crypto';
import { CorruptStoreError, UnavailableError } from '../../core/contracts/errors.js';
import { IDENTITY_STREAM, IDENTITY_TYPE } from '../../core/contracts/identity-stream.js';
import type { NewEvent, RecordedEvent, StreamAppend } from '../../core/ports/event-store.js';
import type { KurrentDbConnection } from './kurrentdb-connection.js';
import { answerWithin } from './deadline.js';
import { READ_MS_MAX } from './paged-reads.js';
import { parsePosition } from './position.js';
import { allRequest, shortRead, streamRequest } from './short-read.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** There is another ledger now than there was, or an older copy of it. */
export class ReplacedLedgerError extends CorruptStoreError {}

/**
 * What gRPC says of a position at which no event begins, beside UNKNOWN (INVALID_ARGUMENT, FAILED_PRECONDITION,
 * OUT_OF_RANGE): a position is a place in the log's bytes, and another ledger's may lie in the middle of an event.
 */
const NO_PLACE_CODES = new Set<unknown>([3, 9, 11]);
/** That, or any fault of the server. */
const UNKNOWN_CODE = 2;

/**
 * Which ledger a KurrentDB has. Nothing of it is remembered: behind the same address there may be another store after an
 * outage, or an older copy of the same.
 */
export class LedgerIdentity {
  /** @param eventOf The event that gives a ledger an id; without it none is given. */
  constructor(
    private readonly connection: KurrentDbConnection,
    private readonly append: (append: StreamAppend) => Promise<unknown>,
    private readonly eventOf: ((ledgerId: string) => NewEvent) | undefined,
  ) {}

  /**
   * The ledger's id. Where there is none it is made, which takes the right to write; of several who do so at once the first
   * one's counts. Who only reads is given what another has made.
   *
   * @throws UnavailableError when the store is away, or does not let it be made.
   * @throws CorruptStoreError when somebody else has written to the stream.
   */
  async get(): Promise<string | undefined> {
    const known = await this.find();
    if (known !== undefined || this.eventOf === undefined) return known;
    const event = this.eventOf(randomUUID());
    await this.append({ stream: IDENTITY_STREAM, expectedRevision: 'no_stream', events: [event] });
    const made = await this.find();
    if (made === undefined) throw new UnavailableError('KurrentDB does not show the id of the ledger yet');
    return made;
  }

  /** The ledger's id, if it has been made already. */
  async find(): Promise<string | undefined> {
    const first = { from: undefined, forwards: true, maxCount: 1 };
    const reading = shortRead(this.connection, streamRequest(IDENTITY_STREAM, first), READ_MS_MAX);
    const [event] = await answerWithin('reading the id of the ledger', READ_MS_MAX, reading);
    if (event === undefined) return undefined;
    const { ledger_id: id } = event.data;
    if (event.revision === 0 && typeof id === 'string' && UUID.test(id)) return id;
    throw new CorruptStoreError(
      `The first event of the stream ${IDENTITY_STREAM} must be a ${IDENTITY_TYPE} with a UUID as ledger_id: ` +
        `something else has been written there, or it has been cut`,
    );
  }

  /**
   * As `EventStore.fingerprintAt`. An event's id is made from its hash, and so tells it from any other. At a place where
   * only what a filter leaves out can stand, it is that of the last event before.
   */
  async fingerprintAt(position: string): Promise<string | undefined> {
    const from = parsePosition(position);
    const isEvent = from.commit === from.prepare;
    const place = { from: { commit: from.commit, prepare: from.commit }, forwards: isEvent, maxCount: 1 };
    const read = () => shortRead(this.connection, allRequest('', place), READ_MS_MAX);
    const reading = read().catch((error: unknown) =>
      // Only what it says twice is believed.
      codeOf(error) === UNKNOWN_CODE ? read().catch(noneIfNoPlace) : noneIfNoPlace(error),
    );
    const [event] = await answerWithin(`reading position ${position}`, READ_MS_MAX, reading);
    if (event === undefined || (isEvent && event.position !== position)) return undefined;
    return event.id;
  }
}

function noneIfNoPlace(error: unknown): RecordedEvent[] {
  const code = codeOf(error);
  if (code === UNKNOWN_CODE || NO_PLACE_CODES.has(code)) return [];
  throw error;
}

/** Of gRPC. */
function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}
