// A process of its own that uses the embedded ledger of the build: node use-ledger.mjs <what> <folder>
// Says what it does on stdout, a line each; each line is written at once.
import { writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

// Named by a path and not imported by name: the build is not there yet when the imports are checked.
const built = resolve('dist/shared/adapters/embedded/event-store/embedded-event-store.js');
const { EmbeddedEventStore } = await import(pathToFileURL(built).href);

const [, , what, folder] = process.argv;
const say = (line) => writeSync(1, `${line}\n`);
const APPENDERS = 16;

const uses = {
  /** Appends to pairs of streams until it is killed, and says what was acknowledged. */
  async append() {
    const store = await EmbeddedEventStore.open(folder);
    const run = async (appender) => {
      const streams = [`pair-${appender}-a`, `pair-${appender}-b`];
      let expectedRevision = 'no_stream';
      for await (const event of store.readStream(streams[0], { direction: 'backwards', limit: 1 })) {
        expectedRevision = event.revision;
      }
      for (;;) {
        const number = expectedRevision === 'no_stream' ? 0 : expectedRevision + 1;
        const appends = streams.map((stream) => ({
          stream,
          expectedRevision,
          events: [numbered(stream, number)],
        }));
        const outcomes = await store.append(appends);
        for (const [index, { outcome, position }] of outcomes.entries()) {
          say(`${outcome} ${streams[index]} ${number} ${position}`);
        }
        expectedRevision = number;
      }
    };
    await Promise.all(Array.from({ length: APPENDERS }, (_, appender) => run(appender)));
  },

  /** Keeps the folder open until it is killed. */
  async hold() {
    await EmbeddedEventStore.open(folder);
    say('open');
    setInterval(() => undefined, 60_000);
  },

  /** Opens the ledger to write and to read, and closes neither. */
  async leave() {
    await EmbeddedEventStore.open(folder);
    await EmbeddedEventStore.open(folder, { readOnly: true });
    say('open');
  },

  /** Reads beside the writer: says each position that it hears of. */
  async follow() {
    const store = await EmbeddedEventStore.open(folder, { readOnly: true });
    const abort = new AbortController();
    process.on('SIGTERM', () => abort.abort());
    for await (const { events, caughtUp } of store.subscribe({}, abort.signal)) {
      for (const { position } of events) say(position);
      if (caughtUp) say('caught up');
    }
    await store.close();
  },

  /** Appends until the file may not grow any more, and then says what it has. */
  async fill() {
    process.on('SIGXFSZ', () => undefined);
    const store = await EmbeddedEventStore.open(folder);
    let number = 0;
    for (;;) {
      const appends = [
        {
          stream: `full-${number}`,
          expectedRevision: 'no_stream',
          events: [numbered('x'.repeat(5_000), number)],
        },
      ];
      try {
        await store.append(appends);
        number++;
      } catch (error) {
        say(`${error.code} after ${number}`);
        break;
      }
    }
    let found = 0;
    for await (const _ of store.readAll()) found++;
    say(`found ${found}`);
    await store.close();
  },
};

function numbered(stream, number) {
  const data = JSON.stringify({ number });
  return { id: `${stream}/${number}`, type: 'SomethingHappened', data, metadata: '{}' };
}

await uses[what]();
