import type { Context } from 'koa';
import {
  BrokenStreamError,
  CorruptStoreError,
  UnavailableError,
} from '../../../shared/core/contracts/errors.js';
import {
  addDuration,
  durationSummary,
  type DurationSketch,
} from '../../../shared/core/domain/duration-sketch.js';
import { answerJson } from '../http/answer.js';
import { intParameter, parametersOf } from '../http/parameters.js';
import { checkTaken } from '../http/taken-parameters.js';
import type { QueryDeps } from '../query-deps.js';
import { cancelChain, type CancelChain } from './cancel-chain.js';
import { CANCELS_SUMMED_MAX } from './cancel-summary-schema.js';
import type { CheckedReads } from './checked-events.js';
import { freshness } from '../http/freshness.js';
import { requireWhole } from './require-whole.js';
import { TASK_FILTER_PARAMETERS } from './task-filter-parameters.js';
import type { TaskFilters } from './task-filters.js';

/** How many records are read side by side. */
const READS_AT_ONCE = 16;

/** How many summaries a process makes at once. */
const SUMMARIES_UNDER_WAY_MAX = 2;

/** The parameters that say which cancelled tasks: all of a list's but the status. */
export const SUMMARY_FILTERS = TASK_FILTER_PARAMETERS.filter((name) => name !== 'status');

/** How many cancels were taken in which way, and how long those that were honoured took. */
class CancelCounts {
  private readonly outcomes = { honoured: 0, too_late: 0, unheard: 0, reported: 0 };
  private readonly stops: DurationSketch = {};

  add({ outcome, receipt }: CancelChain): void {
    this.outcomes[outcome]++;
    // By the outcome alone, so that there are as many of the one as of the other.
    if (outcome === 'honoured' && receipt !== null) addDuration(this.stops, receipt.stopped_after_ms);
  }

  get shown(): object {
    const { count, medianMs: median, p95Ms: p95 } = durationSummary(this.stops);
    return { ...this.outcomes, stopped_after_ms: { count, median, p95 } };
  }
}

/** What a list's item says of where a cancel belongs. */
interface CancelledItem {
  id: number;
  project_id: number;
  task_type: string;
  worker: string | null;
}

/**
 * `GET /api/v1/cancels/summary`: how the cancels of the newest cancelled tasks that match were taken, each as its own chain
 * says, read from the ledger and verified. The work is bounded by the number of tasks, whatever the number there is.
 */
export function summarizeCancels(deps: QueryDeps, filters: Pick<TaskFilters, 'of'>) {
  const { readModel, projector } = deps;
  let underWay = 0;
  return async (ctx: Context): Promise<void> => {
    const parameters = parametersOf(ctx.req);
    checkTaken(parameters, [...SUMMARY_FILTERS, 'limit']);
    const limit =
      intParameter(parameters, 'limit', `an int from 1 to ${CANCELS_SUMMED_MAX}`, 1, CANCELS_SUMMED_MAX) ??
      CANCELS_SUMMED_MAX;
    const filter = { ...(await filters.of(parameters)), statuses: ['cancelled'] as const };

    requireWhole(projector, 'The lists');
    if (underWay >= SUMMARIES_UNDER_WAY_MAX)
      throw new UnavailableError('Too many summaries of cancels are being made');
    underWay++;
    try {
      const progress = projector.status();
      const page = await readModel.list(filter, limit, undefined, ['worker']);
      const items = page.items.map((json) => JSON.parse(json) as CancelledItem);
      const data = { exact: page.next === undefined, ...(await summaryOf(deps, items)) };
      answerJson(ctx, 200, 'success', JSON.stringify(data), freshness(progress));
    } finally {
      underWay--;
    }
  };
}

async function summaryOf(reads: CheckedReads, items: readonly CancelledItem[]): Promise<object> {
  const all = new CancelCounts();
  const [byProject, byType, byWorker] = [
    new Map<number, CancelCounts>(),
    new Map<string, CancelCounts>(),
    new Map<string, CancelCounts>(),
  ];
  let unreadable = 0;
  let next = 0;
  const work = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) {
      const chain = await chainOf(reads, item.id);
      if (chain === null) {
        unreadable++;
        continue;
      }
      const { project_id, task_type, worker } = item;
      const counts = [all, countsOf(byProject, project_id), countsOf(byType, task_type)];
      if (worker !== null) counts.push(countsOf(byWorker, worker));
      for (const one of counts) one.add(chain);
    }
  };
  await Promise.all(Array.from({ length: READS_AT_ONCE }, work));
  return {
    tasks: items.length - unreadable,
    unreadable,
    ...all.shown,
    by_project: sorted(byProject).map(([project_id, counts]) => ({ project_id, ...counts.shown })),
    by_type: sorted(byType).map(([task_type, counts]) => ({ task_type, ...counts.shown })),
    by_worker: sorted(byWorker).map(([worker, counts]) => ({ worker, ...counts.shown })),
  };
}

/** `null` where the record does not say so: whatever is wrong with one, the others are counted. */
async function chainOf(reads: CheckedReads, taskId: number): Promise<CancelChain | null> {
  try {
    return await cancelChain(reads, taskId);
  } catch (error) {
    if (error instanceof BrokenStreamError || error instanceof CorruptStoreError) return null;
    throw error;
  }
}

function countsOf<Key>(counts: Map<Key, CancelCounts>, key: Key): CancelCounts {
  let found = counts.get(key);
  if (found === undefined) counts.set(key, (found = new CancelCounts()));
  return found;
}

function sorted<Key extends string | number>(counts: Map<Key, CancelCounts>): [Key, CancelCounts][] {
  return [...counts].sort(([one], [other]) => (one < other ? -1 : 1));
}
