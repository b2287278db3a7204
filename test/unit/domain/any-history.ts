import fc from 'fast-check';
import type { TaskCommand } from '../../../shared/core/domain/commands.js';
import { isWatchdogCommand } from '../../../shared/core/domain/silence.js';
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

const last_heard_at = '2025-03-12T10:00:00.000Z';

/** What the watchdog asks for, of tasks that it knows more or less well. */
const watchdogCommand: fc.Arbitrary<TaskCommand> = fc.oneof(
  fc.record({
    type: fc.constant('DeclareSilent' as const),
    facts: fc.constant({ last_heard_at }),
    revision: steps,
  }),
  fc.record({ type: fc.constant('DeclareHeard' as const), facts: fc.constant({}), revision: steps }),
  fc.record({
    type: fc.constant('FailSilent' as const),
    facts: fc.constant({ error_message: 'not heard of', error_type: 'Silent' }),
    revision: steps,
  }),
);

/** Few names, so that different events often come under the same one. */
const origin = fc.record({
  source: fc.constantFrom('crawler', 'search', 'watchdog'),
  id: fc.integer({ min: 0, max: 60 }).map(String),
});

const sent: fc.Arbitrary<Sent> = fc
  .record({
    command: fc.oneof({ weight: 4, arbitrary: command }, { weight: 1, arbitrary: watchdogCommand }),
    origin,
    at: fc
      .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString()),
  })
  .map((one) => ({ ...one, origin: ownOrigin(one.command) ?? one.origin }));

/** The watchdog names its events after what they are about. */
function ownOrigin(command: TaskCommand): EventOrigin | undefined {
  if (!isWatchdogCommand(command)) return undefined;
  return { source: 'taskledger:watchdog', id: `${command.type} ${command.revision}` };
}

/** What several publishers send: everything twice, in any order, and most often a creation early on. */
export const history: fc.Arbitrary<Sent[]> = fc
  .tuple(fc.array(sent, { minLength: 1, maxLength: 40 }), fc.boolean(), sent)
  .chain(([list, createdFirst, first]) =>
    fc
      .shuffledSubarray([...list, ...list], { minLength: list.length * 2 })
      .map((mixed) =>
        createdFirst
          ? [{ ...first, command: create(), origin: { source: 'crawler', id: 'first' } }, ...mixed]
          : mixed,
      ),
  );
