import { setImmediate as nextTurn } from 'node:timers/promises';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import type { Logger } from '../../../shared/core/ports/logger.js';
import { HttpError } from '../http/http-errors.js';
import type { HttpLimits } from '../http/http-limits.js';
import type { ChangeRing } from './change-ring.js';
import { ChangeSource, type SourceParts } from './change-source.js';
import { LedgerPages } from './ledger-pages.js';
import { LedgerPlaces } from './ledger-places.js';
import type { Reader } from './stream-connection.js';
import { StreamReader, type ReaderParts } from './stream-reader.js';
import { StreamView, type Shown } from './stream-view.js';

/** How long readers are served before others get their turn. */
const SLICE_MS = 10;

/** What a reader of tasks begins with. */
export interface NewReader extends Pick<ReaderParts, 'response' | 'position' | 'id' | 'present'> {
  shown: Shown;
}

/** What a reader of something else begins with: it is made when it is let in. */
export interface OwnReader extends Pick<ReaderParts, 'response'> {
  make(parts: Pick<ReaderParts, 'ring' | 'logger' | 'stalledBeatsMax'>): Reader;
}

/**
 * All readers of this process, and the one follower of the ledger that serves them: it is there as long as there are any and
 * for a while after that. When the ledger is unavailable the readers stay, and the streams go on where they were.
 */
export class StreamHub {
  private readonly readers = new Set<Reader>();
  private readonly views = new Map<string, { view: StreamView; readers: number }>();
  private readonly pages: LedgerPages;
  readonly places: LedgerPlaces;
  private changes: Promise<ChangeSource> | undefined;
  /** Readers that are being let in. */
  private opening = 0;
  private heart: NodeJS.Timeout | undefined;
  private idle: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly source: SourceParts['source'],
    private readonly logger: Logger,
    private readonly limits: HttpLimits,
  ) {
    this.pages = new LedgerPages(source, logger);
    this.places = new LedgerPlaces(source);
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
   * @throws UnavailableError when the ledger is unavailable, or the service is about to end.
   */
  async open(begin: (now: string) => Promise<NewReader | OwnReader | undefined>): Promise<void> {
    const { streamReadersMax } = this.limits;
    if (this.readers.size + this.opening >= streamReadersMax) {
      throw new HttpError(
        'too_many_readers',
        `There are ${streamReadersMax} readers of event streams already`,
      );
    }
    this.opening++;
    try {
      const { ring, now } = await this.follow();
      const begun = await begin(now);
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
    this.beginAgain();
  }

  /** Ends all streams, and lets go of what they were told: who comes again is told from where the ledger is then. */
  private beginAgain(): void {
    for (const reader of this.readers) reader.end();
    this.stopFollowing();
  }

  private add(begun: NewReader | OwnReader, ring: ChangeRing): void {
    const { response } = begun;
    const stalledBeatsMax = Math.ceil(this.limits.streamStallMsMax / this.limits.streamHeartbeatMs);
    const parts = { ring, logger: this.logger, stalledBeatsMax };
    const reader = 'make' in begun ? begun.make(parts) : this.viewing(begun, parts);
    this.readers.add(reader);
    // Who has ended its side of the connection is not reading any more: a stream has no end to wait for.
    response.socket?.once('end', () => response.destroy());
    response.once('close', () => {
      this.readers.delete(reader);
      this.stopWhenIdle();
    });
    // It began to be let in before the service was about to end.
    if (this.closed) reader.end();
  }

  /** A reader of the view that all have who are shown the same. */
  private viewing(
    begun: NewReader,
    parts: Pick<ReaderParts, 'ring' | 'logger' | 'stalledBeatsMax'>,
  ): StreamReader {
    const key = JSON.stringify(begun.shown);
    const shared = this.views.get(key) ?? { view: new StreamView(begun.shown), readers: 0 };
    this.views.set(key, shared);
    shared.readers++;
    begun.response.once('close', () => {
      if (--shared.readers === 0) this.views.delete(key);
    });
    return new StreamReader({ ...begun, ...parts, view: shared.view, pages: this.pages });
  }

  private async follow(): Promise<ChangeSource> {
    if (this.closed) throw new UnavailableError('The service is about to end');
    clearTimeout(this.idle);
    this.changes ??= this.startFollowing().catch((error: unknown) => {
      this.stopFollowing();
      throw error;
    });
    return this.changes;
  }

  private startFollowing(): Promise<ChangeSource> {
    const { source, logger, places } = this;
    const { streamRingChangesMax, streamRingCharactersMax, streamHeartbeatMs } = this.limits;
    this.heart = setInterval(() => void this.beat(), streamHeartbeatMs);
    return ChangeSource.start({
      ...{ source, logger, places },
      ringLimits: { changesMax: streamRingChangesMax, charactersMax: streamRingCharactersMax },
      onChanges: () => this.serve((reader) => reader.wake()),
      onReplaced: () => {
        const fields = { event: 'event_streams_ended' } as const;
        logger.warn(
          fields,
          'Another ledger is there than before: the event streams are ended, and begin again',
        );
        this.beginAgain();
      },
    });
  }

  private async beat(): Promise<void> {
    const position = await this.changes?.then(({ ring }) => ring.position).catch(() => undefined);
    if (position === undefined) return;
    const end = { position, id: await this.places.id(position) };
    await this.serve((reader) => reader.heartbeat(end));
  }

  private stopFollowing(): void {
    clearTimeout(this.idle);
    clearInterval(this.heart);
    void this.changes?.then(
      (follower) => follower.stop(),
      () => undefined,
    );
    this.changes = undefined;
  }

  private stopWhenIdle(): void {
    if (this.readers.size + this.opening > 0 || this.changes === undefined) return;
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.stopFollowing(), this.limits.streamIdleMs);
    this.idle.unref();
  }

  /** Does something for each reader, and lets others have their turn in between. */
  private async serve(work: (reader: Reader) => void): Promise<void> {
    let sliceEndMs = performance.now() + SLICE_MS;
    for (const reader of this.readers) {
      work(reader);
      if (performance.now() < sliceEndMs) continue;
      await nextTurn();
      sliceEndMs = performance.now() + SLICE_MS;
    }
  }
}
