import type { Served } from './served.js';

/** How far what is served differs from the truth. */
export interface Difference {
  /** The tasks of which anything differs. */
  tasks: Set<number>;
  /** Those of them whose history does not say that it is damaged: a wrong value that is served as right. */
  silent: number[];
  stats: boolean;
  /** What no damaged task explains. */
  others: string[];
}

/** Compares what is served with what it has to be. */
export function compareServed(truth: Served, served: Served): Difference {
  const tasks = new Set<number>();
  const others: string[] = [];
  for (const part of ['details', 'histories'] as const) {
    for (const [id, { status, text }] of truth[part]) {
      const now = served[part].get(id);
      if (now?.status !== status || now.text !== text) tasks.add(id);
    }
  }
  for (const [query, items] of truth.lists) {
    const now = served.lists.get(query) ?? [];
    for (const item of symmetricDifference(items, now)) tasks.add(idOf(item));
    const unchanged = (item: string): boolean => !tasks.has(idOf(item));
    if (items.filter(unchanged).join() !== now.filter(unchanged).join()) others.push(`the order of ${query}`);
  }
  const silent = [...tasks].filter((id) => !saysDamage(served, id));
  return { tasks, silent, stats: truth.stats !== served.stats, others };
}

function saysDamage({ histories }: Served, id: number): boolean {
  const history = histories.get(id);
  if (history === undefined || history.status === 503 || history.status === 409) return history !== undefined;
  return history.text.includes('"intact":false,"fault":');
}

function symmetricDifference(left: string[], right: string[]): string[] {
  const [ofLeft, ofRight] = [new Set(left), new Set(right)];
  return [...left.filter((item) => !ofRight.has(item)), ...right.filter((item) => !ofLeft.has(item))];
}

function idOf(item: string): number {
  return (JSON.parse(item) as { id: number }).id;
}
