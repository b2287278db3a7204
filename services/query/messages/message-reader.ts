import { setTimeout as delay } from 'node:timers/promises';
import { taskStream } from '../../../shared/core/application/streams.js';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import { isTaskEventType, STATUS_AFTER } from '../../../shared/core/domain/events.js';
import { isFinal } from '../../../shared/core/domain/task.js';
import type { RecordedEvent } from '../../../shared/core/ports/event-store.js';
import { Semaphore } from '../../../shared/kit/semaphore.js';
import { RETRY_DELAY_MS } from '../streams/ledger-pages.js';
import { StreamConnection, type Reader } from '../streams/stream-connection.js';
import type { OwnReader } from '../streams/stream-hub.js';
import { markedPlace, markOf } from '../streams/place-mark.js';
import { eventText, OPENING_TEXT, placeText } from '../streams/stream-text.js';
import { checkedEvents, type CheckedReads } from '../tasks/checked-events.js';
import type { MessageFilter } from './message-filter.js';
import { taskMessageOf } from './task-message.js';

/** How many events are read at once for one reader. */
const PAGE_EVENTS_MAX = 250;

/** How many pages are read at a time, however many readers there are. */
const turns = new Semaphore(4);

/** What a reader is shown. */
export interface MessageReaderParts extends CheckedReads {
  taskId: number;
  /** The last event that the client has seen. */
  after: RecordedEvent;
  matches: MessageFilter;
}

/** What whoever lets it in gives it. */
type Surroundings = Parameters<OwnReader['make']>[0];

/**
 * One connection that is told the messages of a task, up to its end. It holds nothing but the revision that it has come to: the
 * ring only says that the task has changed, and what it has said is read from the ledger as far as there is room for it.
 */
export class MessageReader implements Reader {
  private readonly connection: StreamConnection;
  private readonly ring: Surroundings['ring'];
  private readonly logger: Surroundings['logger'];
  /** The revision that everything was sent up to, or does not concern it. */
  private revision: number;
  private toldRevision: number;
  /** The position of the event there. */
  private position: string;
  /** What the client goes on after from there. */
  private id: string;
  /** All changes up to this position were looked for; `undefined` while there may be more to read. */
  private checked: string | undefined;
  private isReading = false;

  constructor(
    private readonly parts: MessageReaderParts & Pick<OwnReader, 'response'>,
    { ring, logger, stalledBeatsMax }: Surroundings,
  ) {
    this.ring = ring;
    this.logger = logger;
    const { revision, position } = parts.after;
    this.position = position;
    this.revision = this.toldRevision = revision;
    this.id = idOf(parts.after);
    this.connection = new StreamConnection(parts.response, stalledBeatsMax, () => this.wake());
    this.connection.write(OPENING_TEXT + placeText(this.id));
    this.wake();
  }

  get waitingBytes(): number {
    return this.connection.waitingBytes;
  }

  /** Reads what has come, unless that is going on. */
  wake(): void {
    if (this.isReading || !this.hasMore()) return;
    this.isReading = true;
    void this.readAll();
  }

  /** Tells the client how far it has come, or at least that the connection is there; ends one that nobody reads. */
  heartbeat(): void {
    const isFurther = !this.connection.full && this.revision > this.toldRevision;
    if (isFurther) this.toldRevision = this.revision;
    this.connection.heartbeat(isFurther ? this.id : undefined);
    this.wake();
  }

  end(): void {
    this.connection.end();
  }

  private hasMore(): boolean {
    const { checked, ring } = this;
    if (this.connection.full || this.connection.signal.aborted) return false;
    // What the ring has given up may have been of this task.
    if (checked === undefined || !ring.covers(checked)) return true;
    return (ring.newestOf(this.parts.taskId) ?? '') > checked;
  }

  private async readAll(): Promise<void> {
    const { signal } = this.connection;
    while (this.hasMore()) {
      try {
        // The client may have gone while it waited for its turn.
        await turns.run(1, async () => (signal.aborted ? undefined : this.readPage(signal)));
      } catch (err) {
        if (err instanceof UnavailableError) {
          await delay(RETRY_DELAY_MS, undefined, { signal }).catch(() => undefined);
        } else if (!signal.aborted) {
          this.logger.error(
            { event: 'event_stream_broken_off', err },
            'A reader of an event stream was disconnected after an error',
          );
          this.connection.breakOff();
        }
      }
    }
    this.isReading = false;
  }

  private async readPage(signal: AbortSignal): Promise<void> {
    // Before it is read: what comes meanwhile is found by the next.
    const upTo = this.ring.position;
    this.checked = undefined;
    const from = { fromRevision: this.revision + 1, limit: PAGE_EVENTS_MAX };
    let events = 0;
    const page = checkedEvents(this.parts, taskStream(this.parts.taskId), from, signal);
    for await (const { event, fault } of page) {
      events++;
      // What does not verify is left out; the list says so.
      this.tell(event, fault === undefined);
      if (signal.aborted || this.connection.full) return;
    }
    if (events === PAGE_EVENTS_MAX) return;
    const newest = this.ring.newestOf(this.parts.taskId) ?? '';
    // A read may be answered by a replica that has not come as far as the subscription.
    if (newest > this.position && newest <= upTo)
      throw new UnavailableError('The read is behind the subscription');
    this.checked = upTo;
  }

  private tell(event: RecordedEvent, isWhole: boolean): void {
    this.revision = event.revision;
    this.position = event.position;
    this.id = idOf(event);
    const said = isWhole ? taskMessageOf(event) : undefined;
    if (said !== undefined && this.parts.matches(said)) {
      this.toldRevision = event.revision;
      this.connection.write(eventText('message', String(event.revision), JSON.stringify(said), this.id));
    }
    if (isTaskEventType(event.type) && isFinal(STATUS_AFTER[event.type])) {
      this.connection.write(placeText(this.id));
      this.connection.finish();
    }
  }
}

/** The place of an event in its task, marked. */
function idOf(event: RecordedEvent): string {
  return markedPlace(String(event.revision), markOf(event));
}
