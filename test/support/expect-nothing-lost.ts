import { expect, it } from '@jest/globals';
import type { TaskSnapshot } from '../../shared/core/domain/task.js';
import type { LedgerAudit } from './ledger-audit.js';
import type { Publisher } from './publisher.js';
import { expectStats, type ShownStats } from './shown-stats.js';

/** What is left when everything has been published. */
export interface LoadOutcome {
  publishers: Publisher[];
  audit: LedgerAudit;
  /** The whole list, as the API shows it. */
  items: string[];
  /** The counts, as the API shows them. */
  stats: ShownStats;
}

/** Tests that whatever was killed under load, nothing that was acknowledged is lost, doubled or different from without. */
export function expectNothingLost(outcome: () => LoadOutcome, streamsMin = 1_000): void {
  it('has every event that was answered accepted, once', () => {
    const stored = [...outcome().audit.streams]
      .filter(([stream]) => stream.startsWith('task-'))
      .flatMap(([, events]) => events.map(({ metadata }) => `${metadata.source}\n${metadata.event_id}`));
    expect(new Set(stored).size).toBe(stored.length);
    const acknowledged = outcome().publishers.flatMap(({ source, acknowledged }) =>
      [...acknowledged.keys()].map((id) => `${source}\n${id}`),
    );
    expect([...acknowledged].sort()).toEqual([...stored].sort());
  });

  it('has every late event as evidence, once', () => {
    const kept = [...outcome().audit.streams]
      .filter(([stream]) => stream.startsWith('taskEvidence-'))
      .flatMap(([, events]) => events.map(({ metadata }) => metadata.event_id));
    const rejected = outcome().publishers.flatMap((publisher) => [...publisher.rejected.keys()]);
    expect(rejected.length).toBeGreaterThan(0);
    expect(kept.sort()).toEqual(rejected.sort());
  });

  it('never gave an id to two tasks, nor two ids to a key', () => {
    const ids = outcome().publishers.flatMap(({ taskIds }) => [...taskIds.values()]);
    expect(ids.every((answered) => answered.size === 1)).toBe(true);
    const distinct = new Set(ids.flatMap((answered) => [...answered]));
    expect(distinct.size).toBe(ids.length);
    expect(outcome().audit.tasks.size).toBe(ids.length);
  });

  it('has hash chains that verify, every one', () => {
    expect(outcome().audit.chainFaults).toEqual([]);
    expect(outcome().audit.streams.size).toBeGreaterThan(streamsMin);
  });

  it('has a read model that equals a fold of the ledger', () => {
    expect(outcome().items).toEqual(outcome().audit.expectedItems);
  });

  it('has counts that equal a fold of the ledger', () => {
    expectStats(outcome().stats, outcome().audit.expectedStats);
  });

  it('came to exactly the state that it would have without the kills', () => {
    const facts = ({ key, status, attempt, progress, total }: TaskSnapshot): object => {
      return { key, status, attempt, progress, total };
    };
    const byKey = new Map(
      [...outcome().audit.tasks.values()].map(({ snapshot }) => [snapshot.key, facts(snapshot)]),
    );
    const expected = outcome().publishers.flatMap((publisher) => [...publisher.expected()]);
    expect(byKey).toEqual(new Map(expected.map(([key, snapshot]) => [key, facts(snapshot)])));
  });
}
