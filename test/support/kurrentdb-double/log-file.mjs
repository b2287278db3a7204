import { existsSync, openSync, readFileSync, truncateSync } from 'node:fs';
import { fdatasync, write } from 'node:fs';
import { promisify } from 'node:util';

const [writeTo, sync] = [promisify(write), promisify(fdatasync)];

/** Events in a file, one JSON line each; what was appended is on the disk. */
export class LogFile {
  #path;
  #descriptor;

  constructor(path) {
    this.#path = path;
  }

  /** The events in it. A last line that a kill cut off was never acknowledged: it is cut away. */
  *read() {
    const bytes = existsSync(this.#path) ? readFileSync(this.#path) : Buffer.alloc(0);
    const whole = bytes.lastIndexOf('\n') + 1;
    if (whole < bytes.length) truncateSync(this.#path, whole);
    this.#descriptor = openSync(this.#path, 'a');
    for (const line of bytes.toString('utf8', 0, whole).split('\n')) {
      if (line === '') continue;
      const event = JSON.parse(line);
      yield {
        ...event,
        data: Buffer.from(event.data, 'base64'),
        metadata: Buffer.from(event.metadata, 'base64'),
      };
    }
  }

  /** @param {import('./event-log.mjs').LoggedEvent[]} events */
  async append(events) {
    if (events.length === 0) return;
    const lines = events.map(({ stream, id, type, contentType, data, metadata, created }) =>
      JSON.stringify({
        ...{ stream, id, type, contentType, created },
        data: Buffer.from(data).toString('base64'),
        metadata: Buffer.from(metadata).toString('base64'),
      }),
    );
    await writeAll(this.#descriptor, Buffer.from(`${lines.join('\n')}\n`));
    await sync(this.#descriptor);
  }
}

async function writeAll(descriptor, bytes) {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await writeTo(descriptor, bytes, written);
    written += bytesWritten;
  }
}
