import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isMessageAlone } from '../../../shared/core/domain/attempts.js';
import { decide, type Decision } from '../../../shared/core/domain/decide.js';
import type { TaskEvent } from '../../../shared/core/domain/events.js';
import { evolve } from '../../../shared/core/domain/evolve.js';
import { isWatchdogCommand } from '../../../shared/core/domain/silence.js';
import { isFinal, statusBefore, type Task } from '../../../shared/core/domain/task.js';
import { history, type Sent } from './any-history.js';
import { META } from './scenario.js';

interface Step {
  sent: Sent;
  before: Task | undefined;
  decision: Decision;
  after: Task | undefined;
}

function run(all: readonly Sent[]): Step[] {
  let task: Task | undefined;
  return all.map((one) => {
    const before = task;
    const decision = decide(one.command, before, { ...META, origin: one.origin, at: one.at });
    if (decision.outcome === 'accepted') task = decision.task;
    return { sent: one, before, decision, after: task };
  });
}

function eventsOf(steps: readonly Step[]): TaskEvent[] {
  return steps.flatMap(({ decision }) => (decision.outcome === 'accepted' ? [decision.event] : []));
}

function fold(events: readonly TaskEvent[]): Task | undefined {
  return events.reduce<Task | undefined>(evolve, undefined);
}

function holdsForAnyHistory(check: (steps: Step[]) => void): void {
  fc.assert(
    fc.property(history, (all) => check(run(all))),
    { numRuns: 500 },
  );
}

describe('whatever is sent, in any order, doubled, by several publishers', () => {
  it('is sent such that every outcome and every end is met', () => {
    // Without this the properties below could hold because nothing ever happened.
    const met = new Set<string>();
    for (const all of fc.sample(history, { numRuns: 500, seed: 1 })) {
      for (const { decision } of run(all)) {
        met.add(decision.outcome === 'refused' ? decision.code : decision.outcome);
        if (decision.outcome === 'accepted') met.add(decision.task.snapshot.status);
      }
    }
    expect([...met].sort()).toEqual([
      'accepted',
      'already_cancelled',
      'already_completed',
      'already_failed',
      'cancelled',
      'completed',
      'creation_conflict',
      'duplicate',
      'event_id_conflict',
      'failed',
      'pending',
      'progress_beyond_total',
      'progress_went_back',
      'running',
      'stale_attempt',
      'task_changed',
      'task_not_found',
    ]);
  });

  it('ends in one final state at most, and nothing changes after it', () => {
    holdsForAnyHistory((steps) => {
      expect(eventsOf(steps).filter(({ after }) => isFinal(after.status)).length).toBeLessThanOrEqual(1);
      for (const { before, decision } of steps) {
        if (before !== undefined && isFinal(before.snapshot.status))
          expect(decision.outcome).not.toBe('accepted');
      }
    });
  });

  it('folds to the same state twice, and to the one that decide said', () => {
    holdsForAnyHistory((steps) => {
      const events = eventsOf(steps);
      expect(fold(events)).toEqual(steps.at(-1)?.after);
      expect(fold(events)).toEqual(fold(structuredClone(events)));
    });
  });

  it('carries with each event the state that the fold has there', () => {
    holdsForAnyHistory((steps) => {
      let task: Task | undefined;
      for (const event of eventsOf(steps)) {
        task = evolve(task, event);
        expect(event.after).toEqual(task.snapshot);
      }
    });
  });

  it('is a duplicate when it is sent again at once after it was accepted; of the watchdog, not so any more', () => {
    holdsForAnyHistory((steps) => {
      for (const { sent, decision, after } of steps) {
        if (decision.outcome !== 'accepted') continue;
        const again = decide(sent.command, after, { ...META, origin: sent.origin, at: sent.at });
        if (isWatchdogCommand(sent.command))
          expect(again).toMatchObject({ outcome: 'refused', code: 'task_changed', evidence: false });
        else expect(again).toEqual({ outcome: 'duplicate' });
      }
    });
  });

  it('is accepted once for each origin', () => {
    holdsForAnyHistory((steps) => {
      const origins = eventsOf(steps).map((event) => JSON.stringify([event.origin.source, event.origin.id]));
      expect(new Set(origins).size).toBe(origins.length);
    });
  });

  it('never takes progress beyond a known total, nor back within an attempt', () => {
    holdsForAnyHistory((steps) => {
      for (const { before, decision } of steps) {
        if (decision.outcome !== 'accepted' || decision.event.type !== 'TaskProgressed') continue;
        const { progress, total, attempt } = decision.task.snapshot;
        if (decision.event.facts.progress === undefined) continue;
        if (total !== 0) expect(progress).toBeLessThanOrEqual(total);
        if (before?.snapshot.attempt === attempt)
          expect(progress).toBeGreaterThanOrEqual(before.snapshot.progress);
      }
    });
  });

  it('never changes who the task is, when it was created and, once set, when it was started', () => {
    holdsForAnyHistory((steps) => {
      for (const { before, after } of steps) {
        if (before === undefined || after === undefined) continue;
        const { task_id, project_id, task_type, key, namespace, created_at } = before.snapshot;
        expect(after.snapshot).toMatchObject({ task_id, project_id, task_type, key, namespace, created_at });
        if (before.snapshot.started_at !== null)
          expect(after.snapshot.started_at).toBe(before.snapshot.started_at);
        expect(after.snapshot.attempt).toBeGreaterThanOrEqual(before.snapshot.attempt);
      }
    });
  });

  it('says with each event which state was before', () => {
    holdsForAnyHistory((steps) => {
      eventsOf(steps).forEach(({ after }, revision, events) => {
        const before = events[revision - 1]?.after;
        expect(statusBefore(after, revision)).toBe(before?.status);
        expect(after.was === 'silent').toBe(before?.silent === true);
        // Whether it begins is told by the event alone.
        const begins = after.started_at !== null && (before === undefined || before.started_at === null);
        expect(revision > 0 && after.was === 'new' && after.started_at !== null).toBe(begins);
      });
    });
  });

  it('is silent after it went silent, until anything else is heard of it, and only while it runs', () => {
    holdsForAnyHistory((steps) => {
      for (const { type, after } of eventsOf(steps)) {
        expect(after.silent === true).toBe(type === 'TaskWentSilent');
        if (after.silent === true) expect(after.status).toBe('running');
      }
    });
  });

  it('goes silent, is heard again or fails of its silence only as the watchdog has seen it', () => {
    holdsForAnyHistory((steps) => {
      for (const { sent, before, decision } of steps) {
        if (!isWatchdogCommand(sent.command) || decision.outcome !== 'accepted') continue;
        expect(before?.eventCount).toBe(sent.command.revision + 1);
        expect(before?.snapshot.status).toBe('running');
        expect(before?.snapshot.silent === true).toBe(sent.command.type !== 'DeclareSilent');
        // All else stays as it was, but for the end.
        const { silent: _1, was: _2, ...rest } = decision.task.snapshot;
        if (sent.command.type !== 'FailSilent') expect(before?.snapshot).toMatchObject(rest);
        else expect(rest).toMatchObject({ status: 'failed', error_type: 'Silent' });
      }
    });
  });

  it('is changed in nothing by a message alone', () => {
    holdsForAnyHistory((steps) => {
      for (const { before, decision } of steps) {
        if (decision.outcome !== 'accepted' || !isMessageAlone(decision.event)) continue;
        const told = { was: 'new', silent: undefined };
        expect({ ...decision.task.snapshot, ...told }).toEqual({ ...before?.snapshot, ...told });
      }
    });
  });

  it('has a completed_at exactly when it has ended', () => {
    holdsForAnyHistory((steps) => {
      for (const { after } of steps) {
        if (after !== undefined)
          expect(after.snapshot.completed_at !== null).toBe(isFinal(after.snapshot.status));
      }
    });
  });

  it('changes nothing when it is refused or repeated, and is decided without touching the state', () => {
    holdsForAnyHistory((steps) => {
      for (const { sent, before, decision } of steps) {
        const copy = structuredClone(before);
        expect(decide(sent.command, before, { ...META, origin: sent.origin, at: sent.at })).toEqual(decision);
        expect(before).toEqual(copy);
      }
    });
  });
});
