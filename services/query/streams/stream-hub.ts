import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { TASK_STREAM_PREFIX } from '../../../shared/application/streams.js';
import { UnavailableError } from '../../../shared/contracts/errors.js';
import type { EventStore } from '../../../shared/ports/event-store.js';
import type { Logger } from '../../../shared/ports/logger.js';
import { HttpError } from '../http-errors.js';
import type { HttpLimits } from '../http-limits.js';
import { BEFORE_ALL, ChangeRing } from './change-ring.js';
import { changesOf, LedgerPages, RETRY_DELAY_MS } from './ledger-pages.js';
import { StreamReader, type ReaderParts } from './stream-reader.js';
import { StreamView, type Shown } from './stream-view.js';

/** What the streams read. */
export type StreamSource = Pick<EventStore, 'subscribe' | 'readAll' | 'lastPosition'>;

/** How many of the ledger's last changes are taken into the ring at the start: readers who were cut off lack only these. */
const RECENT_CHANGES = 1_000;

/** How long changes are gathered, so that a busy ledger does not mean a write to every reader for each of its commits. */
const GATHER_MS = 10;

/** How long readers are served before others get their turn. */
const SLICE_MS = 10;

/** The ledger as it is followed while there are readers. */
interface Following {
  ring: ChangeRing;
  /** The end of the ledger when it was begun. */
  begunAt: string;
  stopping: AbortController;
}

/**
 * Follows the ledger once for all readers of this process, as long as there are any and for a while after that. When the
 * ledger is away the readers stay, and the streams go on where they were.
 */
export class StreamHub {
  private readonly readers = new Set<StreamReader>();
  private readonly views = new Map<string, { view: StreamView; readers: number }>();
  private readonly pages: LedgerPages;
  private following: Promise<Following> | undefined;
  /** Readers that are being let in. */
  private opening = 0;
  private idle: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly source: StreamSource,
    private readonly logger: Logger,
    private readonly limits: HttpLimits,
  ) {
    this.pages = new LedgerPages(source, logger);
  }

  /** How many readers there are. */
  get readerCount(): number {
    return this.readers.size;
  }

  /** How many bytes wait in this process for readers to take them. */
  get waitingBytes(): number {
    let bytes = 0;
    for (const reader of this.readers) bytes += reader.waitingBytes;
    return bytes;
  }

  /**
   * Lets a reader in.
   *
   * @param begin Says what it is shown, and from where on; `undefined` when there is nothing to read. Everything after
   *   `now` will come through here.
   * @throws HttpError 503 when there are too many readers.
   * @throws UnavailableError when the ledger is away, or the service is about to end.
   */
  async open(begin: (now: string) => Promise<NewReader | undefined>): Promise<void> {
    const { streamReadersMax } = this.limits;
    if (this.readers.size + this.opening >= streamReadersMax) {
      throw new HttpError(503, `There are ${streamReadersMax} readers of event streams already`);
    }
    this.opening++;
    try {
      const { ring, begunAt } = await this.follow();
      const begun = await begin(ring.position > begunAt ? ring.position : begunAt);
      this.checkOpen();
      // The client may have gone in the meantime.
      if (begun !== undefined && !begun.response.destroyed) this.add(begun, ring);
    } finally {
      this.opening--;
      this.stopWhenIdle();
    }
  }

  /** Ends all streams. Idempotent. */
  close(): void {
    this.closed = true;
    for (const reader of this.readers) reader.end();
    this.stopFollowing();
  }

  private add(begun: NewReader, ring: ChangeRing): void {
    const key = JSON.stringify(begun.shown);
    const shared = this.views.get(key) ?? { view: new StreamView(begun.shown), readers: 0 };
    this.views.set(key, shared);
    shared.readers++;
    const { pages, logger } = this;
    const stalledBeatsMax = Math.ceil(this.limits.streamStallMsMax / this.limits.streamHeartbeatMs);
    const reader = new StreamReader({ ...begun, view: shared.view, ring, pages, logger, stalledBeatsMax });
    this.readers.add(reader);
    begun.response.once('close', () => {
      this.readers.delete(reader);
      if (--shared.readers === 0) this.views.delete(key);
      this.stopWhenIdle();
    });
  }

  private follow(): Promise<Following> {
    this.checkOpen();
    clearTimeout(this.idle);
    this.following ??= this.startFollowing().catch((error: unknown) => {
      this.following = undefined;
      throw error;
    });
    return this.following;
  }

  private async startFollowing(): Promise<Following> {
    const begunAt = (await this.source.lastPosition()) ?? BEFORE_ALL;
    const startPosition = await this.startPosition();
    this.checkOpen();
    const { streamRingChangesMax, streamRingCharactersMax, streamHeartbeatMs } = this.limits;
    const limits = { changesMax: streamRingChangesMax, charactersMax: streamRingCharactersMax };
    const ring = new ChangeRing(limits, startPosition);
    const stopping = new AbortController();
    void this.keepFollowing(ring, stopping.signal);
    const heart = setInterval(() => void this.serve((reader) => reader.beat()), streamHeartbeatMs);
    stopping.signal.addEventListener('abort', () => clearInterval(heart));
    return { ring, begunAt, stopping };
  }

  private async startPosition(): Promise<string> {
    const options = {
      direction: 'backwards',
      limit: RECENT_CHANGES,
      streamPrefix: TASK_STREAM_PREFIX,
    } as const;
    let count = 0;
    let first = BEFORE_ALL;
    for await (const { position } of this.source.readAll(options)) {
      first = position;
      count++;
    }
    return count < RECENT_CHANGES ? BEFORE_ALL : first;
  }

  private stopFollowing(): void {
    clearTimeout(this.idle);
    const { following } = this;
    this.following = undefined;
    following?.then(
      ({ stopping }) => stopping.abort(),
      () => undefined,
    );
  }

  private stopWhenIdle(): void {
    if (this.readers.size + this.opening > 0 || this.following === undefined) return;
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.stopFollowing(), this.limits.streamIdleMs);
    this.idle.unref();
  }

  private async keepFollowing(ring: ChangeRing, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.takeIn(ring, signal);
      } catch (error) {
        if (signal.aborted) return;
        const reason = error instanceof Error ? error.message : String(error);
        this.logger.warn({ retryDelayMs: RETRY_DELAY_MS }, `The event streams stand still: ${reason}`);
        await delay(RETRY_DELAY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async takeIn(ring: ChangeRing, signal: AbortSignal): Promise<void> {
    const from = ring.position === BEFORE_ALL ? {} : { afterPosition: ring.position };
    const options = { ...from, streamPrefix: TASK_STREAM_PREFIX };
    for await (const { events, position, caughtUp } of this.source.subscribe(options, signal)) {
      if (position === undefined) continue;
      ring.add(changesOf(events, this.logger), position);
      await this.serve((reader) => reader.wake());
      if (caughtUp) await delay(GATHER_MS, undefined, { signal }).catch(() => undefined);
    }
    if (!signal.aborted) throw new UnavailableError('The ledger has ended the subscription');
  }

  /** Does something for each reader, and lets others have their turn in between. */
  private async serve(work: (reader: StreamReader) => void): Promise<void> {
    let sliceEndMs = performance.now() + SLICE_MS;
    for (const reader of this.readers) {
      work(reader);
      if (performance.now() < sliceEndMs) continue;
      await nextTurn();
      sliceEndMs = performance.now() + SLICE_MS;
    }
  }

  private checkOpen(): void {
    if (this.closed) throw new UnavailableError('The service is about to end');
  }
}

/** What a reader begins with. */
export interface NewReader extends Pick<ReaderParts, 'response' | 'position' | 'present'> {
  shown: Shown;
}
