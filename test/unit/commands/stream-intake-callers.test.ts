import { expect, it } from '@jest/globals';
import { startStreamIntake } from '../../../services/commands/stream-intake.js';
import { ANONYMOUS_CALLER, type Caller } from '../../../shared/core/contracts/caller.js';
import type { IngestMessage, IngestStream, ParkedEvent } from '../../../shared/core/ports/ingest-stream.js';
import { CommandSide, created, lifecycleEvent, silentLogger } from '../../support/command-side.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';
import { untilTrue } from '../../support/until-true.js';

/** What became of messages that were left in a stream, each by its caller. */
async function takenIn(left: readonly [Caller, object][]) {
  const store = new MemoryEventStore();
  const side = new CommandSide(store);
  const parked: ParkedEvent[] = [];
  let acknowledged = 0;
  const over = new AbortController();
  const messages = left.map(([caller, events], index): IngestMessage => ({
    sequence: index + 1,
    subject: 'tasks.publish.any',
    publishedAtMs: side.nowMs,
    body: new TextEncoder().encode(JSON.stringify(events)),
    caller,
    traceparent: undefined,
    ack: () => void acknowledged++,
  }));
  const stream = {
    takeLease: async () => ({
      epoch: 1,
      lost: over.signal,
      async *messages() {
        yield* messages;
        await untilTrue(() => over.signal.aborted);
      },
      park: async (_: IngestMessage, event: ParkedEvent) => void parked.push(event),
      end: async () => undefined,
    }),
  } as unknown as IngestStream;
  const intake = startStreamIntake({
    stream,
    ingest: {
      ingest: (events, context) => side.ingestAs(context, ...events),
      taskIdOfKey: (key) => side.handler.taskIdOfKey(key),
    },
    clock: { nowMs: () => side.nowMs },
    logger: silentLogger,
    metrics: { countEvent: () => undefined },
  });
  await untilTrue(() => acknowledged === left.length);
  over.abort();
  await intake.stop();
  return { store, parked };
}

const reporter: Caller = { principal: 'pipeline-7', authenticatedBy: 'none', rights: ['publish'] };

it('takes events in for who has left them', async () => {
  const ana: Caller = { ...ANONYMOUS_CALLER, principal: 'ana' };
  const { store } = await takenIn([
    [reporter, created('a')],
    [ANONYMOUS_CALLER, lifecycleEvent('started', 'a')],
    [ana, lifecycleEvent('cancelled', 'a')],
  ]);
  expect(store.stream('task-1').map(({ type, metadata }) => [type, metadata.principal])).toEqual([
    ['TaskCreated', 'pipeline-7'],
    ['TaskStarted', undefined],
    ['TaskCancelled', 'ana'],
  ]);
});

it('parks what somebody has left who may not, and takes in the rest', async () => {
  const cancelled = lifecycleEvent('cancelled', 'a');
  const { store, parked } = await takenIn([
    [reporter, created('a')],
    [reporter, [cancelled, lifecycleEvent('started', 'a')]],
  ]);
  expect(store.stream('task-1').map(({ type }) => type)).toEqual(['TaskCreated', 'TaskStarted']);
  expect(parked.map((event) => ({ ...event, body: new TextDecoder().decode(event.body) }))).toEqual([
    {
      code: 'malformed',
      reason: 'invalid_request',
      message: 'type: task.cancelled is not taken from who may not cancel',
      body: JSON.stringify(cancelled),
    },
  ]);
});

it('takes in what waits for a creation that somebody else has left behind it', async () => {
  const { store, parked } = await takenIn([
    [reporter, lifecycleEvent('started', 'a')],
    [ANONYMOUS_CALLER, created('a')],
  ]);
  expect(store.stream('task-1').map(({ type }) => type)).toEqual(['TaskCreated', 'TaskStarted']);
  expect(parked).toEqual([]);
});
