import { close, fdatasync, ftruncate, openSync, write } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { TaskledgerClosedError } from './errors.js';
import type { TaskEvent } from './task-event.js';
import type { TaskLane } from './task-lane.js';

/** The file is written anew when it has more than this, and more than four times what still waits. */
const REWRITE_BYTES_MIN = 1024 * 1024;

interface Append {
  line: string;
  written: () => void;
  failed: (error: unknown) => void;
}

/**
 * The buffer on disk: an append-only file of JSON lines (`journal-lines.ts` reads them): `{"lane","task_id"?,"event"}` for
 * an event that was handed over, `{"lane","task_id"}` once the id of its task is known, `{"done"}` for an event that needs
 * no sending any more. What `put` has resolved for is on disk, also after a loss of power.
 */
export class EventJournal {
  /** What still waits, so what the file has to hold. */
  readonly #live = new Map<string, { lane: TaskLane; event: TaskEvent; bytes: number }>();
  #liveBytes = 0;
  #fileBytes = 0;
  #appends: Append[] = [];
  #writing: Promise<void> | undefined;
  #fd: number;
  #closed = false;

  /** Makes a new file. @throws what the file system throws. */
  constructor(private readonly file: string) {
    this.#fd = openSync(file, 'wx');
  }

  /** Resolves when the event is on disk. @throws what the file system throws: then it is not. */
  async put(lane: TaskLane, event: TaskEvent): Promise<void> {
    const line = eventLine(lane, event);
    const bytes = Buffer.byteLength(line);
    this.#live.set(event.id, { lane, event, bytes });
    this.#liveBytes += bytes;
    try {
      await this.#append(line);
    } catch (error) {
      this.#settle(event.id);
      throw error;
    }
  }

  /** The id of a lane's task is known. */
  known(lane: TaskLane): void {
    this.#appendUnawaited(laneLine(lane));
  }

  /** An event needs no sending any more. */
  done(eventId: string): void {
    if (this.#settle(eventId)) this.#appendUnawaited(`{"done":${JSON.stringify(eventId)}}\n`);
  }

  /** Lets go of the file: one that holds nothing is removed, another is given the name by which anyone may take it. */
  async close(released: string): Promise<void> {
    this.#closed = true;
    while (this.#writing !== undefined) await this.#writing;
    await promisify(close)(this.#fd);
    await (this.#live.size === 0 ? unlink(this.file) : rename(this.file, released));
  }

  #settle(eventId: string): boolean {
    const live = this.#live.get(eventId);
    if (live === undefined) return false;
    this.#live.delete(eventId);
    this.#liveBytes -= live.bytes;
    return true;
  }

  /** Without this line an event would be sent once more, which has no effect; so nobody waits for it. */
  #appendUnawaited(line: string): void {
    this.#append(line).catch(() => {});
  }

  #append(line: string): Promise<void> {
    // Whatever file has the descriptor by then, it is not ours.
    if (this.#closed) return Promise.reject(new TaskledgerClosedError('The buffer on disk is closed'));
    return new Promise((written, failed) => {
      this.#appends.push({ line, written, failed });
      this.#writing ??= this.#writeAll().finally(() => (this.#writing = undefined));
    });
  }

  /** What came in while the disk was busy is written together. */
  async #writeAll(): Promise<void> {
    await Promise.resolve();
    while (this.#appends.length > 0) {
      const group = this.#appends;
      this.#appends = [];
      try {
        if (this.#fileBytes > REWRITE_BYTES_MIN && this.#fileBytes > 4 * this.#liveBytes)
          await this.#rewrite();
        else await this.#write(group.map(({ line }) => line).join(''));
        for (const { written } of group) written();
      } catch (error) {
        // Whole lines of what failed must not be found again behind a shorter one that takes their place.
        await promisify(ftruncate)(this.#fd, this.#fileBytes).catch(() => {});
        for (const { failed } of group) failed(error);
      }
    }
  }

  async #write(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await promisify(write)(
        this.#fd,
        bytes,
        at,
        bytes.length - at,
        this.#fileBytes + at,
      );
      at += bytesWritten;
    }
    await promisify(fdatasync)(this.#fd);
    this.#fileBytes += bytes.length;
  }

  /** Writes what waits now, what is to be appended included, into a new file that takes the old one's place. */
  async #rewrite(): Promise<void> {
    const bytes = Buffer.from(
      [...this.#live.values()].map(({ lane, event }) => eventLine(lane, event)).join(''),
    );
    const name = `${this.file}.new`;
    const file = await open(name, 'w');
    try {
      await file.writeFile(bytes);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(name, this.file);
    const before = this.#fd;
    this.#fd = openSync(this.file, 'r+');
    this.#fileBytes = bytes.length;
    await promisify(close)(before);
  }
}

function eventLine(lane: TaskLane, event: TaskEvent): string {
  const known = lane.taskId === undefined ? '' : `"task_id":${lane.taskId},`;
  return `{"lane":${JSON.stringify(lane.name)},${known}"event":${event.text}}\n`;
}

function laneLine({ name, taskId }: TaskLane): string {
  return `${JSON.stringify({ lane: name, task_id: taskId })}\n`;
}
