import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NodeCrypto } from '../../../shared/adapters/node/crypto.js';
import { chainEvent, sealedData } from '../../../shared/application/chained-event.js';
import { eventMetadata, type ReceivedCommand } from '../../../shared/application/received-command.js';
import { GENESIS_HASH, openFacts } from '../../../shared/application/stored-event.js';
import { verifyChain } from '../../../shared/application/verify-chain.js';
import { canonicalJson, type JsonObject } from '../../../shared/domain/json.js';
import { snapshotJson } from '../../../shared/domain/snapshot-json.js';
import { TASK_STATUSES, type TaskSnapshot } from '../../../shared/domain/task.js';

/** Any text that JSON from outside may hold. */
const text = fc.string({ unit: 'grapheme' });
const time = fc
  .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  .map((date) => date.toISOString());
const value = fc.jsonValue().map((made) => JSON.parse(JSON.stringify(made)) as JsonObject);

const snapshots: fc.Arbitrary<TaskSnapshot> = fc.record({
  namespace: text,
  task_id: fc.maxSafeNat(),
  project_id: fc.maxSafeInteger(),
  task_type: text,
  key: fc.option(text),
  status: fc.constantFrom(...TASK_STATUSES),
  attempt: fc.maxSafeNat(),
  progress: fc.maxSafeNat(),
  total: fc.maxSafeNat(),
  created_at: time,
  started_at: fc.option(time),
  completed_at: fc.option(time),
});

const commands: fc.Arbitrary<ReceivedCommand> = fc.record({
  command: fc.constant({ type: 'StartTask' as const, facts: {} }),
  name: text,
  origin: fc.record({ source: text, id: text }),
  occurredAt: fc.option(time, { nil: undefined }),
  extensions: fc.dictionary(
    fc.oneof(
      fc.stringMatching(/^[a-z0-9]{1,20}$/),
      fc.constantFrom('causationid', 'correlationid', 'traceparent'),
    ),
    text,
  ),
  principal: text,
});

/** Members in any order, erasable and others. */
const facts = fc
  .record(
    {
      result: value,
      reason: text,
      params: fc.dictionary(text, value),
      total: fc.maxSafeNat(),
      attempt: fc.nat(),
      key: text,
    },
    { requiredKeys: [] },
  )
  .chain((made) => fc.shuffledSubarray(Object.entries(made)).map((some) => Object.fromEntries(some)));

describe('what is put together by hand', () => {
  it('is the canonical JSON of a snapshot', () => {
    fc.assert(
      fc.property(snapshots, (snapshot) => {
        const sorted = Object.fromEntries(Object.entries(snapshot).sort());
        expect(snapshotJson(snapshot)).toBe(JSON.stringify(sorted));
      }),
    );
  });

  it('is the canonical JSON of metadata', () => {
    fc.assert(
      fc.property(commands, time, (command, recordedAt) => {
        const json = `{${eventMetadata(command, recordedAt, GENESIS_HASH)}}`;
        expect(json).toBe(canonicalJson(JSON.parse(json) as JsonObject));
      }),
    );
  });

  it('is an event that verifies, and says what happened', async () => {
    const crypto = new NodeCrypto();
    await fc.assert(
      fc.asyncProperty(facts, fc.option(snapshots), commands, time, async (said, after, command, now) => {
        const place = { stream: 'task-1', revision: 0 };
        const data = sealedData(said, crypto, after ?? undefined);
        const metadata = eventMetadata(command, now, GENESIS_HASH);
        const event = chainEvent(place, 'Tested', data, metadata, crypto);
        const stored = JSON.parse(event.data) as JsonObject;
        const recorded = {
          ...place,
          id: event.id,
          type: event.type,
          data: stored,
          metadata: JSON.parse(event.metadata) as Record<string, string>,
          position: '1',
        };
        expect(recorded.metadata.hash).toBe(event.hash);
        expect(await verifyChain([recorded], crypto)).toBeUndefined();
        const { params, ...others } = said;
        const kept = params === undefined || Object.keys(params).length === 0 ? others : said;
        expect(openFacts(stored)).toEqual(kept);
        expect(stored.after).toEqual(after ?? undefined);
      }),
    );
  });
});
