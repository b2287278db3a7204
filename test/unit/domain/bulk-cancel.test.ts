import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  decideBulkCancel,
  doneCount,
  evolveBulkCancel,
  hasExpired,
  type BulkCancel,
  type BulkCancelCommand,
  type BulkCancelEvent,
  type TaskOutcome,
} from '../../../shared/core/domain/bulk-cancel.js';
import { BULK_CANCEL_TASKS_MAX } from '../../../shared/core/domain/limits.js';

const NOW = '2025-03-12T10:00:00.000Z';
const EXPIRES = '2025-03-12T11:00:00.000Z';

function preview(...task_ids: number[]): BulkCancelCommand {
  const facts = { expires_at: EXPIRES, filter: { project_id: 1 }, position: '7', task_ids };
  return { type: 'PreviewBulkCancel', facts };
}

const start: BulkCancelCommand = { type: 'StartBulkCancel' };
const abort: BulkCancelCommand = { type: 'AbortBulkCancel' };

function outcomes(...list: TaskOutcome[]): BulkCancelCommand {
  return { type: 'RecordOutcomes', outcomes: list };
}

const cancelled = (task_id: number): TaskOutcome => ({ task_id, code: undefined });
const completed = (task_id: number): TaskOutcome => ({ task_id, code: 'already_completed', message: 'late' });

/** Given that these commands were accepted, one after the other. */
function given(...past: BulkCancelCommand[]): {
  state: BulkCancel | undefined;
  when: (command: BulkCancelCommand, now?: string) => ReturnType<typeof decideBulkCancel>;
} {
  let state: BulkCancel | undefined;
  for (const command of past) {
    const decision = decideBulkCancel(command, state, NOW);
    if (decision.outcome !== 'accepted') throw new Error(`${command.type}: ${JSON.stringify(decision)}`);
    state = decision.state;
  }
  return { state, when: (command, now = NOW) => decideBulkCancel(command, state, now) };
}

function eventsOf(decision: ReturnType<typeof decideBulkCancel>): readonly BulkCancelEvent[] {
  if (decision.outcome !== 'accepted') throw new Error(JSON.stringify(decision));
  return decision.events;
}

describe('a preview', () => {
  it('names the tasks, and changes nothing about them', () => {
    const decision = given().when(preview(3, 2, 1));
    expect(decision).toMatchObject({
      events: [{ type: 'BulkCancelPreviewed', facts: { task_ids: [3, 2, 1], position: '7' } }],
      state: { status: 'previewed', cancelled: 0, refused: [] },
    });
  });

  it('may be of no task at all', () => {
    expect(given().when(preview())).toMatchObject({ outcome: 'accepted' });
  });

  it('is made once', () => {
    expect(given(preview(1)).when(preview(1))).toMatchObject({ outcome: 'refused', code: 'exists' });
  });

  it('names each task once', () => {
    expect(given().when(preview(1, 2, 1))).toMatchObject({ outcome: 'refused', code: 'doubled_task' });
  });

  it(`takes ${BULK_CANCEL_TASKS_MAX} tasks and no more`, () => {
    const ids = Array.from({ length: BULK_CANCEL_TASKS_MAX }, (_, at) => at + 1);
    expect(given().when(preview(...ids))).toMatchObject({ outcome: 'accepted' });
    expect(given().when(preview(...ids, 0))).toMatchObject({ outcome: 'refused', code: 'too_many_tasks' });
  });
});

describe('a start', () => {
  it('is refused for what was never previewed', () => {
    expect(given().when(start)).toMatchObject({ outcome: 'refused', code: 'not_found' });
  });

  it('is taken until the preview expires', () => {
    const { when } = given(preview(1));
    expect(eventsOf(when(start, '2025-03-12T10:59:59.999Z'))).toEqual([
      { type: 'BulkCancelStarted', facts: {} },
    ]);
    const late = when(start, EXPIRES);
    expect(late).toMatchObject({ outcome: 'refused', code: 'expired' });
    expect(late).toHaveProperty('message', expect.stringMatching(/expired at 2025-03-12T11:00/));
  });

  it.each([
    ['under way', [preview(1), start]],
    ['finished', [preview(1), start, outcomes(cancelled(1))]],
  ])('is a duplicate for one that is %s, however late', (_, past) => {
    const { state, when } = given(...past);
    expect(when(start, '2026-01-01T00:00:00.000Z')).toEqual({ outcome: 'duplicate' });
    expect(hasExpired(state as BulkCancel, '2026-01-01T00:00:00.000Z')).toBe(false);
  });
});

describe('an abort', () => {
  it('ends a preview, and one under way with how many were done', () => {
    expect(eventsOf(given(preview(1)).when(abort))).toEqual([
      { type: 'BulkCancelAborted', facts: { cancelled: 0, refused: 0 } },
    ]);
    const some = given(preview(3, 2, 1), start, outcomes(cancelled(3), completed(2)));
    expect(some.when(abort)).toMatchObject({
      events: [{ type: 'BulkCancelAborted', facts: { cancelled: 1, refused: 1 } }],
      state: { status: 'aborted', cancelled: 1 },
    });
  });

  it('is final: asked again a duplicate, and no start after it', () => {
    const { state, when } = given(preview(1), abort);
    expect(when(abort)).toEqual({ outcome: 'duplicate' });
    expect(when(start)).toMatchObject({ outcome: 'refused', code: 'aborted' });
    expect(hasExpired(state as BulkCancel, '2026-01-01T00:00:00.000Z')).toBe(false);
  });

  it('is refused for what is not there, or finished', () => {
    expect(given().when(abort)).toMatchObject({ outcome: 'refused', code: 'not_found' });
    const past = [preview(1), start, outcomes(cancelled(1))];
    expect(given(...past).when(abort)).toMatchObject({ outcome: 'refused', code: 'finished' });
  });

  it('lets what was in hand be noted, and stays an abort with the last of them', () => {
    const { when } = given(preview(1), start, abort);
    expect(when(outcomes(cancelled(1)))).toMatchObject({
      events: [{ type: 'BulkCancelProgressed' }],
      state: { status: 'aborted', cancelled: 1 },
    });
    expect(when(outcomes())).toEqual({ outcome: 'duplicate' });
    expect(when(outcomes(cancelled(2)))).toMatchObject({ outcome: 'refused', code: 'out_of_step' });
  });
});

describe('outcomes', () => {
  it('are noted in the order of the preview, and the last ones finish it', () => {
    const some = given(preview(3, 2, 1), start);
    expect(eventsOf(some.when(outcomes(cancelled(3), completed(2))))).toEqual([
      {
        type: 'BulkCancelProgressed',
        facts: { cancelled: [3], refused: [{ task_id: 2, code: 'already_completed', message: 'late' }] },
      },
    ]);
    const rest = given(preview(3, 2, 1), start, outcomes(cancelled(3), completed(2)));
    expect(eventsOf(rest.when(outcomes(cancelled(1))))).toEqual([
      { type: 'BulkCancelProgressed', facts: { cancelled: [1], refused: [] } },
      { type: 'BulkCancelFinished', facts: { cancelled: 2, refused: 1 } },
    ]);
  });

  it('are none of one without tasks, which is finished with its start', () => {
    expect(eventsOf(given(preview()).when(start))).toEqual([
      { type: 'BulkCancelStarted', facts: {} },
      { type: 'BulkCancelFinished', facts: { cancelled: 0, refused: 0 } },
    ]);
  });

  it('of nothing, while there are tasks, note nothing', () => {
    expect(given(preview(1), start).when(outcomes())).toEqual({ outcome: 'duplicate' });
  });

  it.each([
    ['before the start', [preview(1, 2)], outcomes(cancelled(1))],
    ['of tasks that it does not name', [preview(1, 2), start], outcomes(cancelled(9))],
    ['of tasks that are not next', [preview(1, 2), start], outcomes(cancelled(2))],
    ['a second time', [preview(1, 2), start, outcomes(cancelled(1))], outcomes(cancelled(1))],
    ['beyond the last', [preview(1), start], outcomes(cancelled(1), cancelled(2))],
    ['after the end', [preview(1), start, outcomes(cancelled(1))], outcomes()],
  ])('are refused %s', (_, past, command) => {
    expect(given(...past).when(command)).toMatchObject({ outcome: 'refused', code: 'out_of_step' });
  });
});

it('can not begin with anything but a preview', () => {
  expect(() => evolveBulkCancel(undefined, { type: 'BulkCancelStarted', facts: {} })).toThrow(
    /first event must be BulkCancelPreviewed/,
  );
});

describe('whatever is asked, in whatever order', () => {
  const command: fc.Arbitrary<BulkCancelCommand | 'next'> = fc.oneof(
    fc.uniqueArray(fc.integer({ min: 1, max: 6 })).map((ids) => preview(...ids)),
    fc.constant(start),
    fc.constant(abort),
    fc
      .array(
        fc
          .tuple(fc.integer({ min: 1, max: 6 }), fc.boolean())
          .map(([id, ok]) => (ok ? cancelled(id) : completed(id))),
        { maxLength: 3 },
      )
      .map((list) => outcomes(...list)),
    // Those that do come next are rarely hit by chance.
    fc.constant('next' as const),
  );

  it('takes each previewed task once and no other, and folds to the same state twice', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
        let state: BulkCancel | undefined;
        const events: BulkCancelEvent[] = [];
        for (const asked of commands) {
          const next = state?.preview.task_ids[doneCount(state)];
          const meant = asked === 'next' ? outcomes(cancelled(next ?? 0)) : asked;
          const decision = decideBulkCancel(meant, state, NOW);
          if (decision.outcome !== 'accepted') continue;
          events.push(...decision.events);
          state = decision.state;
        }
        const taken = events.flatMap((event) =>
          event.type === 'BulkCancelProgressed'
            ? [...event.facts.cancelled, ...event.facts.refused.map(({ task_id }) => task_id)]
            : [],
        );
        const named = state?.preview.task_ids ?? [];
        expect(new Set(taken).size).toBe(taken.length);
        expect(named).toEqual(expect.arrayContaining(taken));
        if (state?.status === 'finished') expect(taken).toHaveLength(named.length);
        let folded: BulkCancel | undefined;
        for (const event of events) folded = evolveBulkCancel(folded, event);
        expect(folded).toEqual(state);
      }),
    );
  });
});
