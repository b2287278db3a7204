import type { CountScope } from '../../../core/domain/counts-cache.js';
import { durationCount, type DurationSketch } from '../../../core/domain/duration-sketch.js';
import type { Tally, TaskCounts, TaskStats, TypeStats } from '../../../core/domain/task-counts.js';
import type { DerivedFolder } from '../derived-folder.js';
import { DamagedStoreError } from './damage.js';
import { SealedValues } from './sealed-values.js';

/** Counts of a scope without those by type, which a list of projects does not want. */
interface StoredCounts extends Tally {
  position: string;
}

/** Some hundred milliseconds' worth. */
const CHECKED_MAX = 5_000;

/** After every project's scope. */
const SCOPES_END = 'q';

/** The counts in the store. Everything here throws DamagedStoreError when what is read is not what was written. */
export class CountTables {
  private readonly counts: SealedValues<StoredCounts>;
  private readonly types: SealedValues<[string, TypeStats][]>;
  /** Apart from what is shown: they are far larger, and only wanted for counting on. */
  private readonly sketches: SealedValues<DurationSketch>;

  constructor(folder: DerivedFolder) {
    this.counts = new SealedValues(folder, 'counts');
    this.types = new SealedValues(folder, 'countsByType');
    this.sketches = new SealedValues(folder, 'durations');
  }

  /** Looks whether the first counts are what was written, so that none of them is missing unnoticed. */
  check(): void {
    for (const { key } of this.counts.range({ limit: CHECKED_MAX })) this.stats(key);
  }

  /** What is shown of a scope. */
  stats(scope: CountScope): TaskStats | undefined {
    const stored = this.counts.get(scope);
    if (stored === undefined) return undefined;
    const types = this.types.get(scope);
    if (types === undefined) throw new DamagedStoreError(`the counts by type of ${scope} are gone`);
    return { ...stored, byType: new Map(types) };
  }

  /** Some scopes of projects in their order, after the given one, and their tallies. */
  scopes(after: CountScope, limit: number): ({ scope: CountScope } & Tally)[] {
    const found = this.counts.range({ start: after, end: SCOPES_END, exclusiveStart: true, limit });
    return Array.from(found, ({ key, value: { byStatus, silent } }) => ({ scope: key, byStatus, silent }));
  }

  /** All of a scope, for counting on. */
  whole(scope: CountScope): TaskCounts | undefined {
    const stored = this.stats(scope);
    if (stored === undefined) return undefined;
    const byType = [...stored.byType].map(([type, stats]) => {
      const sketch = this.sketches.get(sketchKey(scope, type)) ?? {};
      if (durationCount(sketch) !== stats.durations.count)
        throw new DamagedStoreError(`the durations of ${scope} ${type} are not what was counted`);
      return [type, { ...stats, sketch }] as const;
    });
    return { ...stored, byType: new Map(byType) };
  }

  /** Writes a scope. Belongs into a transaction. @param timedTypes The types whose sketches have changed. */
  put(
    scope: CountScope,
    { position, byStatus, silent, byType }: TaskCounts,
    timedTypes: Iterable<string>,
  ): void {
    this.counts.put(scope, { position, byStatus, silent });
    const shown = Array.from(
      byType,
      ([type, { byStatus, silent, durations }]) =>
        [type, { byStatus, silent, durations }] as [string, TypeStats],
    );
    this.types.put(scope, shown);
    for (const type of timedTypes) this.sketches.put(sketchKey(scope, type), byType.get(type)?.sketch ?? {});
  }

  /** Takes all counts away. Belongs into a transaction. */
  clear(): void {
    for (const values of [this.counts, this.types, this.sketches]) values.clear();
  }
}

function sketchKey(scope: CountScope, type: string): string {
  return `${scope} ${type}`;
}
