// A thread that writes to the embedded ledger of the build in `workerData.folder`. Posts 'open'; then for each
// [stream, count] that it is sent, it makes the stream with so many events, puts the last position into
// `workerData.written` (a shared Int32Array) and posts it; ends at 'end'.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';

// Named by a path and not imported by name: the build is not there yet when the imports are checked.
const built = resolve('dist/shared/adapters/embedded/event-store/embedded-event-store.js');
const { EmbeddedEventStore } = await import(pathToFileURL(built).href);

const store = await EmbeddedEventStore.open(workerData.folder);
parentPort.on('message', async (message) => {
  if (message === 'end') {
    await store.close();
    parentPort.close();
    return;
  }
  const [stream, count] = message;
  const events = Array.from({ length: count }, (_, number) => ({
    id: `${stream}/${number}`,
    type: 'SomethingHappened',
    data: JSON.stringify({ number }),
    metadata: '{}',
  }));
  const [{ position }] = await store.append([{ stream, expectedRevision: 'no_stream', events }]);
  Atomics.store(workerData.written, 0, Number(position));
  Atomics.notify(workerData.written, 0);
  parentPort.postMessage(position);
});
parentPort.postMessage('open');
