import type { ServerResponse } from 'node:http';
import { isFinal } from '../../../shared/core/domain/task.js';
import type { Logger } from '../../../shared/core/ports/logger.js';
import type { ChangeRing } from './change-ring.js';
import type { LedgerPages } from './ledger-pages.js';
import type { StreamChange } from './stream-change.js';
import { StreamConnection, type Reader } from './stream-connection.js';
import { OPENING_TEXT, placeText } from './stream-text.js';
import type { StreamPart, StreamView } from './stream-view.js';

/** Where a reader's changes come from and where they go. */
export interface ReaderParts {
  response: ServerResponse;
  view: StreamView;
  ring: ChangeRing;
  pages: LedgerPages;
  logger: Logger;
  /** The reader gets everything after it. */
  position: string;
  /** What the client goes on after when it has heard of nothing else. */
  id: string;
  /** A state that the stream begins with. Without one the client is told where it begins. */
  present?: StreamChange | undefined;
  /** How many heartbeats long a reader may take nothing. */
  stalledBeatsMax: number;
}

/**
 * One connection that is told of changes. It holds nothing but how far it has come: what it is to be sent is made out of
 * the ring when there is room for it in the connection, at most `PART_CHARACTERS_MAX` and one event at a time. A reader
 * that is slower than the changes is told only the newest of each task, and one that falls behind the ring is given what
 * it lacks out of the ledger.
 */
export class StreamReader implements Reader {
  private readonly connection: StreamConnection;
  /** Everything up to here was sent, or does not concern it. */
  private position: string;
  /** What the client was told to have seen. */
  private toldPosition: string;
  /** The number of the next change in the ring, once it has found its place there. */
  private next: number | undefined;
  /** Whether changes have come since the connection is full. */
  private slow = false;
  private readingLedger = false;

  constructor(private readonly parts: ReaderParts) {
    const { response, view, position, id, present, stalledBeatsMax } = parts;
    this.position = position;
    this.toldPosition = present?.position ?? position;
    this.connection = new StreamConnection(response, stalledBeatsMax, () => this.send());
    const first = present === undefined ? placeText(id) : view.text('task', present);
    this.connection.write(OPENING_TEXT + first);
    if (present !== undefined && isFinal(present.after.status)) this.end();
    else this.send();
  }

  /** Fires when the connection is closed. */
  get signal(): AbortSignal {
    return this.connection.signal;
  }

  get waitingBytes(): number {
    return this.connection.waitingBytes;
  }

  /** Sends what has come. */
  wake(): void {
    if (this.connection.full) this.slow = true;
    else this.send();
  }

  /** Tells the client how far it has come, or at least that the connection is there; ends one that nobody reads. */
  heartbeat(end: { position: string; id: string }): void {
    const { position } = this;
    const isFurther = !this.connection.full && position > this.toldPosition;
    if (isFurther) this.toldPosition = position;
    const id = position === end.position ? end.id : position;
    this.connection.heartbeat(isFurther ? id : undefined);
  }

  /** Ends the stream in order. What can't be sent at once is given up: the client comes back for it. */
  end(): void {
    this.connection.end();
  }

  private send(): void {
    const { ring } = this.parts;
    while (!this.connection.full && !this.readingLedger && !this.signal.aborted) {
      if (this.next === undefined || this.next < ring.start) {
        if (!ring.covers(this.position)) return void this.readLedger();
        if (this.position > ring.position) return;
        this.next = ring.firstAfter(this.position);
      }
      if (this.next === ring.end) {
        this.position = ring.position;
        this.slow = false;
        return;
      }
      this.next = this.sendPart(this.parts.view.part(ring, this.next, this.slow));
    }
  }

  /** Answers the number of the first change that is left. */
  private sendPart(part: StreamPart): number {
    this.position = part.position;
    if (part.bytes !== undefined) {
      this.toldPosition = part.toldPosition ?? part.position;
      this.connection.write(part.bytes);
    }
    if (part.isEnd) this.connection.finish();
    return part.end;
  }

  private readLedger(): void {
    this.readingLedger = true;
    this.next = undefined;
    this.sendPage().then(
      () => {
        this.readingLedger = false;
        this.send();
      },
      (err: unknown) => {
        this.parts.logger.error(
          { event: 'event_stream_broken_off', err },
          'A reader of an event stream was disconnected after an error',
        );
        this.connection.breakOff();
      },
    );
  }

  private async sendPage(): Promise<void> {
    const { ring, pages, view } = this.parts;
    const page = await pages.after(this.position, ring.startPosition, this.signal);
    if (page === undefined || this.signal.aborted) return;
    // What does not fit now is read again: nothing of the page is kept.
    let from = 0;
    while (from < page.end && !this.connection.full) from = this.sendPart(view.make(page, from, this.slow));
    if (from === page.end) this.position = page.position;
  }
}
