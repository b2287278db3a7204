import { durationSummary } from './duration-sketch.js';
import { count, noCounts, type CountChange, type TaskCounts, type TypeCounts } from './task-counts.js';

/** Whose tasks are counted together: `ALL_PROJECTS`, or one project's as `scopeOf` names it. */
export type CountScope = string;

/** All tasks there are. Comes before every project's. */
export const ALL_PROJECTS: CountScope = 'all';

const DIGITS = 16;

/** The scope of a project's tasks. Scopes are ordered, as texts, like the ids, which are any safe ints. */
export function scopeOf(projectId: number): CountScope {
  if (projectId >= 0) return `p${String(projectId).padStart(DIGITS, '0')}`;
  return `n${String(Number.MAX_SAFE_INTEGER + projectId).padStart(DIGITS, '0')}`;
}

/** The project whose scope it is. */
export function projectOf(scope: CountScope): number {
  const digits = Number(scope.slice(1));
  return scope.startsWith('p') ? digits : digits - Number.MAX_SAFE_INTEGER;
}

/** Counts of more scopes than this are not kept from one batch to the next: about 20 MB. */
const SCOPES_MAX = 2_000;

/** Counts that changed. */
export interface ChangedCounts {
  scope: CountScope;
  counts: TaskCounts;
  /** Whether nothing was stored of it before. */
  isNew: boolean;
  /** The types with durations that came to it. */
  timedTypes: Set<string>;
}

/**
 * The counts that a writer works on: those of a scope follow from the events up to their position alone, whoever counts
 * them and in whatever batches, so that what is buffered stays true as long as the events are the same.
 */
export class CountsCache {
  private readonly counts = new Map<CountScope, TaskCounts>();

  /** The scopes that changes concern and that are not buffered: `take` each before `count`. */
  missing(changes: readonly CountChange[]): CountScope[] {
    const scopes = new Set(changes.map(({ projectId }) => scopeOf(projectId)));
    if (scopes.size > 0) scopes.add(ALL_PROJECTS);
    return [...scopes].filter((scope) => !this.counts.has(scope));
  }

  /** What is buffered of a scope: it may be further than what is stored. */
  get(scope: CountScope): TaskCounts | undefined {
    return this.counts.get(scope);
  }

  /** Takes what is stored of a scope; `undefined` when nothing is. */
  take(scope: CountScope, stored: TaskCounts | undefined): void {
    this.counts.set(scope, stored ?? noCounts());
  }

  /**
   * Counts changes, in each scope those after its own position.
   *
   * @param position Of the last event that is covered, whether it changed anything or not.
   */
  count(changes: readonly CountChange[], position: string): ChangedCounts[] {
    const changed = new Map<CountScope, ChangedCounts>();
    for (const change of changes) {
      for (const scope of [ALL_PROJECTS, scopeOf(change.projectId)]) {
        const counts = this.counts.get(scope) as TaskCounts;
        if (change.position <= counts.position) continue;
        count(counts, change);
        let one = changed.get(scope);
        if (one === undefined) {
          one = { scope, counts, isNew: counts.position === '', timedTypes: new Set() };
          changed.set(scope, one);
        }
        if (change.durationMs !== undefined) one.timedTypes.add(change.taskType);
      }
    }
    for (const { counts, timedTypes } of changed.values()) {
      counts.position = position;
      for (const type of timedTypes) {
        const ofType = counts.byType.get(type) as TypeCounts;
        ofType.durations = durationSummary(ofType.sketch);
      }
    }
    return [...changed.values()];
  }

  /** Keeps no more buffered than it may, once what has changed is stored. */
  stored(): void {
    if (this.counts.size > SCOPES_MAX) this.counts.clear();
  }

  /** Lets go of everything: what is stored may be something else. */
  letGo(): void {
    this.counts.clear();
  }
}
