import fc from 'fast-check';
import type { TaskCommand } from '../../../shared/core/domain/commands.js';
import type { EventOrigin } from '../../../shared/core/domain/task.js';
import { create } from './scenario.js';

/** Something that a publisher sends. */
export interface Sent {
  command: TaskCommand;
  origin: EventOrigin;
  at: string;
}

const steps = fc.integer({ min: 0, max: 6 });
const attempt = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 2 });
const total = fc.option(steps, { nil: undefined, freq: 2 });

const command: fc.Arbitrary<TaskCommand> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      create(),
      create({ total: 4 }),
      create({ key: 'k' }),
      create({ labels: { team: 'a' }, parent: '7' }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('StartTask' as const), facts: fc.record({ attempt, total }) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('ReportProgress' as const),
      facts: fc.record({ progress: steps, attempt, total }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('ReportProgress' as const),
      facts: fc.record({ message: fc.string(), attempt }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('FailAttempt' as const),
      facts: fc.record({ error_message: fc.string(), attempt }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constantFrom('CompleteTask' as const, 'ReportCancelled' as const, 'CancelTask' as const),
      facts: fc.record({ attempt }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('FailTask' as const),
      facts: fc.record({ error_message: fc.string(), attempt }),
    }),
  },
);

/** Few names, so that different events often come under the same one. */
const origin = fc.record({
  source: fc.constantFrom('crawler', 'search', 'watchdog'),
  id: fc.integer({ min: 0, max: 60 }).map(String),
});

const sent: fc.Arbitrary<Sent> = fc.record({
  command,
  origin,
  at: fc
    .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString()),
});

/** What several publishers send: everything twice, in any order, and most often a creation early on. */
export const history: fc.Arbitrary<Sent[]> = fc
  .tuple(fc.array(sent, { minLength: 1, maxLength: 40 }), fc.boolean(), sent)
  .chain(([list, createdFirst, first]) =>
    fc
      .shuffledSubarray([...list, ...list], { minLength: list.length * 2 })
      .map((mixed) => (createdFirst ? [{ ...first, command: create() }, ...mixed] : mixed)),
  );
