import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NodeCrypto } from '../../../shared/adapters/node/node-crypto.js';
import { chainEvent } from '../../../shared/core/application/chained-event.js';
import type { ReceivedCommand } from '../../../shared/core/application/received-command.js';
import { openEvent } from '../../../shared/core/application/stored-event.js';
import { openFacts, sealedEventData, sealedFacts } from '../../../shared/core/application/stored-facts.js';
import {
  eventMetadata,
  extensionsOf,
  openMetadata,
} from '../../../shared/core/application/stored-metadata.js';
import { openState, stateJson } from '../../../shared/core/application/stored-state.js';
import { ChainVerifier, verifyChain } from '../../../shared/core/application/chain-verifier.js';
import { effectiveTime } from '../../../shared/core/contracts/time.js';
import { TASK_EVENT_TYPES, type TaskEvent } from '../../../shared/core/domain/events.js';
import { canonicalJson, type JsonObject } from '../../../shared/core/domain/json.js';
import { TASK_STATUSES, type Labels, type TaskSnapshot } from '../../../shared/core/domain/task.js';
import type { NewEvent, RecordedEvent } from '../../../shared/core/ports/event-store.js';

/** Any text that JSON from outside may hold. */
const text = fc.string({ unit: 'grapheme' });
const time = fc
  .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  .map((date) => date.toISOString());
const value = fc.jsonValue().map((made) => JSON.parse(JSON.stringify(made)) as JsonObject);

/** Few enough that the defaults come about. */
const count = fc.oneof(fc.nat(2), fc.maxSafeNat());
const types = fc.constantFrom(...TASK_EVENT_TYPES);
const hashes = text.map((some) => new NodeCrypto().sha256(some));

const snapshots: fc.Arbitrary<TaskSnapshot> = fc.record({
  namespace: fc.oneof(fc.constant('default'), text),
  task_id: fc.maxSafeNat(),
  project_id: fc.maxSafeInteger(),
  task_type: text,
  key: fc.option(text),
  status: fc.constantFrom(...TASK_STATUSES),
  attempt: count,
  progress: count,
  total: count,
  created_at: time,
  started_at: fc.option(time),
  completed_at: fc.option(time),
  labels: fc.option(fc.constantFrom<Labels[]>({ a: '1' }, { a: 'Größe "x"', b: '\n' }), { nil: undefined }),
  parent: fc.option(text, { nil: undefined }),
  retry_of: fc.option(text, { nil: undefined }),
  due_at: fc.option(time, { nil: undefined }),
  heartbeat_s: fc.option(fc.nat(), { nil: undefined }),
  when_silent: fc.constantFrom(undefined, 'fail' as const),
  worker: fc.option(text, { nil: undefined }),
  error_type: fc.option(text, { nil: undefined }),
  was: fc.constantFrom('new', 'waiting', 'running', 'silent'),
  silent: fc.constantFrom(undefined, true as const),
});

const received = {
  command: fc.constant({ type: 'StartTask' as const, facts: {} }),
  name: text,
  occurredAt: fc.option(time, { nil: undefined }),
  extensions: fc.dictionary(
    fc.oneof(
      fc.stringMatching(/^[a-z0-9]{1,20}$/),
      fc.constantFrom('causationid', 'correlationid', 'traceparent'),
    ),
    text,
  ),
  principal: fc.oneof(fc.constant('anonymous'), text),
};

/** What publishers send, and what the ledger itself has led to. */
const commands: fc.Arbitrary<ReceivedCommand> = fc.oneof(
  fc.record({ ...received, origin: fc.record({ source: text, id: text }) }),
  fc.record({
    ...received,
    origin: fc.record({ source: text.map((rest) => `taskledger:${rest}`), id: text }),
    cause: fc.record({ correlationId: text, causationId: text }),
  }),
);

/** The member names of every type of fact, in any order, erasable and others. */
const facts = fc
  .record(
    {
      result: value,
      reason: text,
      message: text,
      params: fc.dictionary(text, value),
      project_id: fc.maxSafeInteger(),
      task_type: text,
      progress: fc.maxSafeNat(),
      total: fc.oneof(fc.constant(0), fc.maxSafeNat()),
      attempt: fc.nat(),
      key: text,
    },
    { requiredKeys: [] },
  )
  .chain((made) => fc.shuffledSubarray(Object.entries(made)).map((some) => Object.fromEntries(some)));

const crypto = new NodeCrypto();

/** As every store gives it back. */
function recorded(stream: string, event: NewEvent, revision = 0): RecordedEvent {
  return {
    stream,
    revision,
    position: '1',
    id: event.id,
    type: event.type,
    data: JSON.parse(event.data) as JsonObject,
    metadata: JSON.parse(event.metadata) as Record<string, string>,
  };
}

/** What is read back of facts: parameters that are empty are not stored. */
function asRead(said: JsonObject): JsonObject {
  const { params, ...others } = said;
  return params === undefined || Object.keys(params as JsonObject).length === 0 ? others : said;
}

describe('what is put together by hand', () => {
  it('is the canonical JSON of a state, read back to the same state', () => {
    fc.assert(
      fc.property(snapshots, types, time, fc.nat(2), (snapshot, type, at, revision) => {
        const json = stateJson(snapshot, type, at, revision);
        const stored = JSON.parse(json) as JsonObject;
        expect(json).toBe(canonicalJson(stored));
        expect(openState(stored, snapshot.task_id, type, at, revision)).toEqual(snapshot);
      }),
    );
  });

  it('is the canonical JSON of metadata, read back to what was sent', () => {
    fc.assert(
      fc.property(commands, time, (command, recordedAt) => {
        const json = `{${eventMetadata(command, recordedAt)}}`;
        const stored = JSON.parse(json) as Record<string, string>;
        expect(json).toBe(canonicalJson(stored));
        const { origin, extensions, principal, occurredAt, cause } = command;
        const opened = openMetadata(stored);
        expect(extensionsOf(opened)).toEqual(extensions);
        expect(opened).toMatchObject({
          source: origin.source,
          event_id: origin.id,
          principal,
          recorded_at: recordedAt,
          $correlationId: cause?.correlationId ?? extensions.correlationid ?? origin.id,
          $causationId: cause?.causationId ?? extensions.causationid ?? origin.id,
        });
        expect(opened.occurred_at).toBe(occurredAt);
      }),
    );
  });

  it('is an event of a task that verifies, and is read back to what happened', async () => {
    await fc.assert(
      fc.asyncProperty(
        facts,
        snapshots,
        types,
        commands,
        time,
        hashes,
        async (said, after, type, command, now, prev) => {
          const at = effectiveTime(command.occurredAt, now);
          const happened = { type, facts: said, after, at } as unknown as TaskEvent;
          const data = sealedEventData(happened, 7, crypto);
          const stream = `task-${after.task_id}`;
          const place = { stream, revision: 7, prev };
          const event = chainEvent(place, type, data, eventMetadata(command, now), crypto);
          const read = recorded(stream, event, 7);
          expect(new ChainVerifier(crypto, 7, prev).next(read)).toBeUndefined();
          const opened = openEvent(read);
          const created = type === 'TaskCreated' && { params: {} };
          expect(opened.facts).toEqual({ ...created, ...asRead(said) });
          expect(opened.after).toEqual(after);
          expect(opened.at).toBe(at);
        },
      ),
    );
  });

  it('is an event of another stream that verifies, and says what it was given', async () => {
    await fc.assert(
      fc.asyncProperty(facts, commands, time, async (said, command, now) => {
        const place = { stream: 'taskEvidence-1', revision: 0, prev: '' };
        const metadata = eventMetadata(command, now);
        const event = chainEvent(place, 'Tested', sealedFacts(said, crypto), metadata, crypto);
        const read = recorded('taskEvidence-1', event);
        expect(read.metadata.hash).toBe(event.hash);
        expect(await verifyChain([read], crypto)).toBeUndefined();
        expect(openFacts('Tested', read.data)).toEqual(asRead(said));
      }),
    );
  });

  it('verifies no more when any byte of the stored JSON says something else', async () => {
    await fc.assert(
      fc.asyncProperty(facts, commands, time, fc.nat(), async (said, command, now, at) => {
        const place = { stream: 's', revision: 0, prev: '' };
        const event = chainEvent(
          place,
          'Tested',
          sealedFacts(said, crypto),
          eventMetadata(command, now),
          crypto,
        );
        const json = `${event.data}\n${event.metadata}`;
        const place2 = at % json.length;
        const code = json.charCodeAt(place2) === 0x61 ? 0x62 : 0x61;
        const changed = json.slice(0, place2) + String.fromCharCode(code) + json.slice(place2 + 1);
        const [data, metadata] = changed.split('\n') as [string, string];
        let read: RecordedEvent;
        try {
          read = recorded('s', { ...event, data, metadata });
        } catch {
          return; // It is no JSON any more.
        }
        const before = recorded('s', event);
        // A character that JSON may write in several ways can be the same one still.
        const same = [read.data, read.metadata].map((part) => canonicalJson(part));
        if (same.join() === [before.data, before.metadata].map((part) => canonicalJson(part)).join()) return;
        expect(await verifyChain([read], crypto)).toBeDefined();
      }),
    );
  });
});
