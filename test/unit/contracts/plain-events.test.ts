import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ANY_TASK_TYPE, DEFAULT_TASK_TYPES } from '../../../shared/core/contracts/fields.js';
import { withoutNulls } from '../../../shared/core/contracts/left-out.js';
import { LIFECYCLE_EVENT_TYPES } from '../../../shared/core/contracts/event-types.js';
import { eventAttributesSchema, plainAttributes } from '../../../shared/core/contracts/lifecycle-events.js';
import { lifecycleDataSchemas } from '../../../shared/core/contracts/lifecycle-data.js';
import { plainFacts } from '../../../shared/core/contracts/plain-facts.js';
import type { JsonObject } from '../../../shared/core/domain/json.js';

const schemas = lifecycleDataSchemas(DEFAULT_TASK_TYPES);
const openSchemas = lifecycleDataSchemas([...DEFAULT_TASK_TYPES, ANY_TASK_TYPE]);

/** Values of every kind, among them those at the edges of what fields take. */
const anyValue = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, true, '', 'x', 'search', 'Search', {}, [], { a: 1 }),
  fc.constantFrom(0, -0, 1, -1, 0.5, 2 ** 53 - 1, 2 ** 53, -(2 ** 53), Number.NaN, Number.POSITIVE_INFINITY),
  fc.integer(),
  fc.string(),
);

/** More often right than wrong, so that all of an event is right often enough. */
function mostly<Value>(right: fc.Arbitrary<Value>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 20, arbitrary: right }, { weight: 1, arbitrary: anyValue });
}

const time = fc.constantFrom('2025-03-12T10:00:00.000Z', '2025-03-12T11:00:00+01:00');
const object = fc.constantFrom({}, { a: 1 });
const RIGHT: Record<string, fc.Arbitrary<unknown>> = {
  ...{ attempt: fc.integer({ min: 1 }), progress: fc.nat(), total: fc.nat(), project_id: fc.integer() },
  ...{ params: object, result: object, task_type: fc.constantFrom(...DEFAULT_TASK_TYPES, 'a/B.c:d-1', '*') },
  ...{ error_message: fc.string(), message: fc.string(), reason: fc.string(), error_stack: fc.string() },
  ...{ labels: fc.constantFrom({}, { a: '1', b: '2' }, { b: '1', a: '2' }), due_at: time, retry_at: time },
  ...{ parent: fc.constantFrom('7', 'a key', 7), retry_of: fc.constantFrom('7', 'a key') },
  ...{ heartbeat_s: fc.integer({ min: 1, max: 9 }), when_silent: fc.constant('fail') },
  ...{
    worker: fc.constant('w'),
    error_type: fc.constant('Timeout'),
    level: fc.constantFrom('info', 'error'),
  },
  task: fc.constantFrom(undefined, null, { project_id: 1, task_type: 'ocr' }),
};

/** Some members of a type's `data`, in any order, and now and then one that it has not. */
function anyData(type: (typeof LIFECYCLE_EVENT_TYPES)[number]): fc.Arbitrary<object> {
  const members = Object.keys(schemas[type].shape).map((name) =>
    fc.tuple(fc.constant(name), mostly(RIGHT[name] as fc.Arbitrary<unknown>)),
  );
  const other = fc.tuple(fc.constant('other'), anyValue);
  return fc.shuffledSubarray([...members, other]).chain((some) => fc.tuple(...some).map(Object.fromEntries));
}

const anyAttributes = fc.record(
  {
    specversion: mostly(fc.constant('1.0')),
    id: mostly(fc.constantFrom('e-1', 'x'.repeat(512), 'x'.repeat(513))),
    source: mostly(fc.constantFrom('/a', '/b', 'taskledger:cancel', 'x'.repeat(512), 'x'.repeat(513))),
    type: mostly(fc.constantFrom(...LIFECYCLE_EVENT_TYPES, 'toString')),
    subject: mostly(fc.constantFrom('', 'a key', '42', null)),
    time: mostly(
      fc.constantFrom(
        ...[null, '2025-03-12T10:00:00.000Z', '2025-03-12T11:00:00+01:00', '2025-02-31T00:00:00Z', '2025'],
      ),
    ),
    datacontenttype: mostly(fc.constantFrom('application/json', 'Application/JSON', 'text/xml', null)),
    dataschema: mostly(fc.constantFrom('https://example.org/', null)),
  },
  { requiredKeys: ['specversion', 'id', 'source', 'type'], noNullPrototype: true },
);

describe('data that is recognised without its schema', () => {
  const cases = LIFECYCLE_EVENT_TYPES.map((type) => [type, type, schemas] as const);
  it.each([...cases, ['task.created of any type', 'task.created', openSchemas] as const])(
    'is what the schema of %s makes of it',
    (_, type, schemas) => {
      const plain = plainFacts(schemas[type]);
      let recognised = 0;
      fc.assert(
        fc.property(anyData(type), (data) => {
          const facts = plain(data as JsonObject);
          if (facts === undefined) return;
          recognised++;
          const read = schemas[type].parse(withoutNulls(data, schemas[type])) as JsonObject;
          expect(facts).toStrictEqual(read);
          expect(Object.keys(facts)).toEqual(Object.keys(read));
        }),
        { numRuns: 1000 },
      );
      expect(recognised).toBeGreaterThan(10);
    },
  );

  it('is all that publishers usually send', () => {
    const params = { query: 'x' };
    const usual: [(typeof LIFECYCLE_EVENT_TYPES)[number], JsonObject][] = [
      ['task.created', { project_id: 1, task_type: 'search', total: 100, params }],
      ['task.started', {}],
      ['task.progressed', { progress: 3, total: 9, message: 'page 3', attempt: 1 }],
      ['task.completed', { result: { found: 15 } }],
      ['task.failed', { error_message: 'disk full' }],
      ['task.cancelled', { reason: 'no longer needed' }],
    ];
    for (const [type, data] of usual) {
      expect(plainFacts(schemas[type])(data)).toEqual(data);
      expect(plainFacts(openSchemas[type])(data)).toEqual(data);
    }
  });
});

describe('attributes that are recognised without their schema', () => {
  it('are what the schema makes of them', () => {
    let recognised = 0;
    fc.assert(
      fc.property(anyAttributes, (event) => {
        const plain = plainAttributes(event as JsonObject);
        if (plain === undefined) return;
        recognised++;
        const { id, source, type, subject = null, time = null } = eventAttributesSchema.parse(event);
        expect(plain).toStrictEqual({ id, source, type, subject, time });
      }),
      { numRuns: 2000 },
    );
    expect(recognised).toBeGreaterThan(50);
  });

  it('are all that publishers usually send', () => {
    const usual = { specversion: '1.0', id: 'e-1', source: '/crawler', type: 'task.started', subject: 'k' };
    expect(plainAttributes(usual)).toBeDefined();
    expect(plainAttributes({ ...usual, time: '2025-03-12T10:00:00Z', traceparent: 'x' })).toBeDefined();
    expect(plainAttributes({ ...usual, datacontenttype: 'application/json' })).toBeDefined();
  });
});
