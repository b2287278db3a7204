import { describe, expect, it } from '@jest/globals';
import type { TaskCommand } from '../../../shared/core/domain/commands.js';
import { decide, type RefusalCode } from '../../../shared/core/domain/decide.js';
import { evolve } from '../../../shared/core/domain/evolve.js';
import type { TaskStatus } from '../../../shared/core/domain/task.js';
import {
  attemptFailed,
  cancel,
  complete,
  create,
  fail,
  given,
  message,
  META,
  progress,
  reportCancelled,
  start,
  type Scenario,
} from './scenario.js';

/** A task in each state in which an event can find it. */
const STATES = {
  none: given(),
  pending: given(create()),
  running: given(create(), start(), progress(3, { total: 10 })),
  waiting: given(create(), start(), attemptFailed()),
  completed: given(create(), start(), complete()),
  failed: given(create(), start(), fail()),
  cancelled: given(create(), start(), cancel()),
} satisfies Record<string, Scenario>;

type State = keyof typeof STATES;

/** The status after an accepted command, a repeat, or why it is refused (`+ evidence`: and kept with the task). */
type Cell = TaskStatus | 'duplicate' | RefusalCode | `${RefusalCode} + evidence`;

interface Row {
  name: string;
  command: TaskCommand;
  cells: Record<State, Cell>;
}

const TOO_LATE = {
  completed: 'already_completed + evidence',
  failed: 'already_failed + evidence',
  cancelled: 'already_cancelled + evidence',
} as const;

const TABLE: readonly Row[] = [
  {
    name: 'created, saying the same',
    command: create(),
    cells: {
      none: 'pending',
      pending: 'duplicate',
      running: 'duplicate',
      waiting: 'duplicate',
      completed: 'duplicate',
      failed: 'duplicate',
      cancelled: 'duplicate',
    },
  },
  {
    name: 'created, saying something else',
    command: create({ project_id: 2 }),
    cells: {
      none: 'pending',
      pending: 'creation_conflict + evidence',
      running: 'creation_conflict + evidence',
      waiting: 'creation_conflict + evidence',
      completed: 'creation_conflict + evidence',
      failed: 'creation_conflict + evidence',
      cancelled: 'creation_conflict + evidence',
    },
  },
  {
    name: 'started',
    command: start(),
    cells: {
      none: 'task_not_found',
      pending: 'running',
      running: 'running',
      waiting: 'running',
      ...TOO_LATE,
    },
  },
  {
    name: 'progressed',
    command: progress(5),
    cells: {
      none: 'task_not_found',
      pending: 'running',
      running: 'running',
      waiting: 'running',
      ...TOO_LATE,
    },
  },
  {
    name: 'progressed, a message alone',
    command: message('page 4'),
    cells: {
      none: 'task_not_found',
      pending: 'pending',
      running: 'running',
      waiting: 'pending',
      ...TOO_LATE,
    },
  },
  {
    name: 'attempt_failed',
    command: attemptFailed(),
    cells: {
      none: 'task_not_found',
      pending: 'pending',
      running: 'pending',
      waiting: 'pending',
      ...TOO_LATE,
    },
  },
  {
    name: 'completed',
    command: complete({ result: { found: 15 } }),
    cells: {
      none: 'task_not_found',
      pending: 'completed',
      running: 'completed',
      waiting: 'completed',
      ...TOO_LATE,
    },
  },
  {
    name: 'failed',
    command: fail(),
    cells: { none: 'task_not_found', pending: 'failed', running: 'failed', waiting: 'failed', ...TOO_LATE },
  },
  {
    name: 'cancelled, as a report',
    command: reportCancelled(),
    cells: {
      none: 'task_not_found',
      pending: 'cancelled',
      running: 'cancelled',
      waiting: 'cancelled',
      ...TOO_LATE,
      cancelled: 'duplicate',
    },
  },
  {
    name: 'cancelled, as a command',
    command: cancel(),
    cells: {
      none: 'task_not_found',
      pending: 'cancelled',
      running: 'cancelled',
      waiting: 'cancelled',
      ...TOO_LATE,
      // What it wanted already is, so nothing is lost by not keeping it.
      cancelled: 'already_cancelled',
    },
  },
];

const CELLS = TABLE.flatMap(({ name, command, cells }) =>
  (Object.keys(STATES) as State[]).map((state) => ({ name, command, state, cell: cells[state] })),
);

describe('the table of what is accepted when', () => {
  it.each(CELLS)('given $state, when $name, then $cell', ({ command, state, cell }) => {
    const decision = STATES[state].when(command);
    if (decision.outcome === 'accepted') {
      expect(decision.task.snapshot.status).toBe(cell);
    } else if (decision.outcome === 'duplicate') {
      expect('duplicate').toBe(cell);
    } else {
      expect(`${decision.code}${decision.evidence ? ' + evidence' : ''}`).toBe(cell);
    }
  });
});

describe('the sentence of a refusal', () => {
  it.each([
    ['none', start(), 'Task not found'],
    ['none', cancel(), 'Task not found'],
    ['completed', start(), 'Task is already completed'],
    ['failed', progress(5), 'Task is already failed'],
    ['cancelled', complete(), 'Task is already cancelled'],
    ['completed', reportCancelled(), 'Task is already completed'],
    ['completed', cancel(), 'Cannot cancel task (already completed)'],
    ['failed', cancel(), 'Cannot cancel task (already failed)'],
    ['cancelled', cancel(), 'Cannot cancel task (already cancelled)'],
    ['pending', create({ project_id: 2 }), 'Task 42 was created with other data under the same event id'],
  ] as const)('given %s, when %j', (state, command, message) => {
    expect(STATES[state].when(command)).toMatchObject({ outcome: 'refused', message });
  });

  it('speaks of the key where the task has one', () => {
    expect(given(create({ key: 'crawl/7' })).when(create({ key: 'crawl/7', total: 3 }))).toMatchObject({
      code: 'creation_conflict',
      message: 'Task 42 was created with other data under the same key',
    });
  });
});

describe('a creation that comes again', () => {
  const past = given(create({ key: 'k', total: 5, params: { query: 'ml', sources: ['a', 'b'] } }), start());

  it('is a repeat when its parameters are the same in another order', () => {
    const again = create({ key: 'k', total: 5, params: { sources: ['a', 'b'], query: 'ml' } });
    expect(past.when(again)).toEqual({ outcome: 'duplicate' });
  });

  it('takes an absent total for the unknown one', () => {
    expect(given(create()).when(create({ total: 0 }))).toEqual({ outcome: 'duplicate' });
    expect(given(create({ total: 0 })).when(create())).toEqual({ outcome: 'duplicate' });
  });

  it.each([
    ['project', { project_id: 2 }],
    ['type', { task_type: 'crawl' }],
    ['total', { total: 6 }],
    ['total, left out', { total: undefined }],
    ['labels', { labels: { team: 'a' } }],
    ['parent', { parent: '7' }],
    ['promise', { heartbeat_s: 30 }],
    ['key', { key: 'other' }],
    ['key, left out', { key: undefined }],
    ['parameters', { params: { query: 'ml', sources: ['b', 'a'] } }],
    ['parameters, left out', { params: {} }],
  ])('is a conflict when it says another %s', (_what, facts) => {
    const same = { key: 'k', total: 5, params: { query: 'ml', sources: ['a', 'b'] } };
    const again = create(Object.assign({}, same, facts as Partial<typeof same>));
    expect(past.when(again)).toMatchObject({ outcome: 'refused', code: 'creation_conflict', evidence: true });
  });

  it('is held against the total of the creation, not against one that was reported since', () => {
    const grown = given(create({ total: 5 }), start({ total: 9 }));
    expect(grown.when(create({ total: 5 }))).toEqual({ outcome: 'duplicate' });
    expect(grown.when(create({ total: 9 }))).toMatchObject({ code: 'creation_conflict' });
  });

  it('is taken for a repeat where the parameters were erased and all else is equal', () => {
    const creation = create({ total: 5, params: { query: 'ml' } });
    const erased = evolve(undefined, {
      ...META,
      type: 'TaskCreated',
      facts: { ...creation.facts, params: undefined },
    });
    expect(decide(create({ total: 5, params: { query: 'other' } }), erased, META)).toEqual({
      outcome: 'duplicate',
    });
    expect(decide(create({ total: 6 }), erased, META)).toMatchObject({ code: 'creation_conflict' });
  });
});
