import type { ServerResponse } from 'node:http';
import { API_HEADERS, type HeaderList } from '../http/answer.js';
import { HEARTBEAT_TEXT, placeText } from './stream-text.js';

/** The headers of a stream. */
export const STREAM_HEADERS: HeaderList = [
  ...['Content-Type', 'text/event-stream'],
  // Proxies must pass on each event at once.
  ...['X-Accel-Buffering', 'no'],
  ...API_HEADERS,
];

/** One who is told that the ledger has grown, and sends what is wanted of it over a connection of its own. */
export interface Reader {
  /** How many bytes wait in this process until the connection takes them. */
  readonly waitingBytes: number;
  /** Changes have come. */
  wake(): void;
  /**
   * Shows that the connection is there.
   *
   * @param end How far the ring has come, and the id of that.
   */
  heartbeat(end: { position: string; id: string }): void;
  /** Ends the stream in order. */
  end(): void;
}

/** A connection that server-sent events go over: what waits in it is bounded by not writing to one that is full. */
export class StreamConnection {
  private isFull = false;
  private stalledBeats = 0;
  private readonly closed = new AbortController();

  /**
   * Begins the answer.
   *
   * @param stalledBeatsMax How many heartbeats long a reader may take nothing.
   * @param onDrain Called when there is room again.
   */
  constructor(
    private readonly response: ServerResponse,
    private readonly stalledBeatsMax: number,
    onDrain: () => void,
  ) {
    response.on('drain', () => {
      this.isFull = false;
      this.stalledBeats = 0;
      onDrain();
    });
    response.on('close', () => this.closed.abort());
    // What is written when the connection has just gone is lost, and nothing else.
    response.on('error', () => undefined);
    response.writeHead(200, [...STREAM_HEADERS]);
  }

  /** Fires when the connection is closed. */
  get signal(): AbortSignal {
    return this.closed.signal;
  }

  /** Whether nothing is to be written before it has drained. */
  get full(): boolean {
    return this.isFull;
  }

  /** How many bytes wait in this process until the connection takes them. */
  get waitingBytes(): number {
    return this.response.writableLength;
  }

  write(content: string | Buffer): void {
    if (this.signal.aborted) return;
    this.isFull = !this.response.write(content);
  }

  /**
   * Shows that the connection is there; ends one that nobody reads.
   *
   * @param id Where the client is to be moved on to, if it is.
   */
  heartbeat(id: string | undefined): void {
    if (!this.isFull) this.write(id === undefined ? HEARTBEAT_TEXT : placeText(id));
    else if (++this.stalledBeats > this.stalledBeatsMax) this.breakOff();
  }

  /** Ends the stream behind all that was written. */
  finish(): void {
    this.response.end();
    this.closed.abort();
  }

  /** Ends it now. What can't be sent at once is given up: the client comes back for it. */
  end(): void {
    if (this.isFull) this.breakOff();
    else this.finish();
  }

  breakOff(): void {
    this.response.destroy();
    this.closed.abort();
  }
}
