import type { LoadOutcome } from '../expect-nothing-lost.js';
import { expectStats } from '../shown-stats.js';
import { expect } from '@jest/globals';

/** What has been lost, doubled, or is shown other than the ledger has it: nothing, it is to be hoped. */
export function lostEvents({ publishers, audit, items, stats }: LoadOutcome): string[] {
  const faults = [...audit.chainFaults];
  const stored = [...audit.streams]
    .filter(([stream]) => stream.startsWith('task-'))
    .flatMap(([, events]) => events.map(({ metadata }) => `${metadata.source}\n${metadata.event_id}`));
  const once = new Set(stored);
  if (once.size !== stored.length) faults.push(`${stored.length - once.size} events are there twice`);
  const lost = publishers.flatMap(({ source, acknowledged }) =>
    [...acknowledged.keys()].filter((id) => !once.has(`${source}\n${id}`)),
  );
  if (lost.length > 0) faults.push(`${lost.length} acknowledged events are lost, such as ${lost[0]}`);
  const doubled = publishers.flatMap(({ taskIds }) => [...taskIds.values()]).filter(({ size }) => size > 1);
  if (doubled.length > 0) faults.push(`${doubled.length} keys have more than one task`);
  if (items.join('\n') !== audit.expectedItems.join('\n')) faults.push('the list is not what the ledger has');
  try {
    expectStats(stats, audit.expectedStats);
  } catch (error) {
    faults.push(`the counts are not what the ledger has: ${(error as Error).message}`);
  }
  expect(stored.length).toBeGreaterThan(0);
  return faults;
}
