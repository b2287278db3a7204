import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shownTime } from '../../shared/core/contracts/time.js';
import { ORDER_DEFAULT, orderParts, type ListOrder } from '../../shared/core/ports/list-order.js';
import type { ListCursor, ReadModel } from '../../shared/core/ports/read-model.js';
import type { BenchOptions } from '../bench-options.js';
import { median, type BenchFigure } from '../figure.js';
import { COUNT_CASES, type CountCase } from './count-cases.js';
import { LIST_CASES, type ListCase } from './list-cases.js';
import { filled, LIMIT } from './listed-tasks.js';

const FEW_TASKS = 1_000;
const ROUNDS = 10;
/** A round of one store lasts about so long at most, and has so many calls. */
const ROUND_MS = 50;
const CALLS_PER_ROUND_MAX = 100;

/** Does it once more, and checks what it answers. */
type Call = (readModel: ReadModel, tasks: number) => Promise<unknown>;

/**
 * The median time of a list of 50 with many tasks, and of a count, against the same with 1,000, for each combination of filters
 * and orders. Both in turns. Nearly all of the time is for making the tasks.
 */
export async function* benchList({ tasks: manyTasks }: BenchOptions): AsyncGenerator<BenchFigure> {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-bench-list-'));
  try {
    const few = await filled(join(folder, 'few'), FEW_TASKS);
    const many = await filled(join(folder, 'many'), manyTasks);
    const stores = [
      { readModel: few, tasks: FEW_TASKS },
      { readModel: many, tasks: manyTasks },
    ] as const;
    for (const one of LIST_CASES) {
      const name = `list of ${one.shown ?? LIMIT} by ${one.name}`;
      yield compared(
        name,
        await timesUs(stores, (readModel, tasks) => list(readModel, one, tasks)),
        manyTasks,
      );
    }
    for (const one of COUNT_CASES) {
      const times = await timesUs(stores, (readModel, tasks) => count(readModel, one, tasks));
      const { counted } = one;
      const perTask =
        typeof counted === 'number' ? times : times.map((us, at) => us / counted(stores[at]!.tasks));
      yield compared(`count by ${one.name}`, perTask, manyTasks);
    }
    await few.close();
    await many.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function compared(name: string, [limit, measured]: readonly number[], manyTasks: number): BenchFigure {
  return {
    name: `${name}, p50: ${manyTasks} tasks against ${FEW_TASKS}`,
    unit: 'µs',
    measured: measured as number,
    limit: limit as number,
    ratio: (measured as number) / (limit as number),
    target: 1.2,
    better: 'lower',
  };
}

/** The median time of each store. */
async function timesUs(
  stores: readonly { readModel: ReadModel; tasks: number }[],
  call: Call,
): Promise<number[]> {
  const times = stores.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [at, { readModel, tasks }] of stores.entries()) {
      const end = performance.now() + ROUND_MS;
      for (let calls = 0; calls < CALLS_PER_ROUND_MAX && performance.now() < end; calls++) {
        const start = performance.now();
        await call(readModel, tasks);
        times[at]!.push((performance.now() - start) * 1000);
      }
    }
  }
  return times.map(median);
}

async function list(readModel: ReadModel, one: ListCase, tasks: number): Promise<void> {
  const { include, order = ORDER_DEFAULT, shown = LIMIT } = one;
  const filter = typeof one.filter === 'function' ? one.filter(tasks) : one.filter;
  const { items } = await readModel.list(filter, LIMIT, before(order), include, undefined, order);
  if (items.length !== shown)
    throw new Error(`${items.length} tasks of ${tasks} are left by ${JSON.stringify({ filter, order })}`);
}

let calls = 0;

/** A place before the first task, another one each time: the first page, but none that was kept as it was asked for. */
function before(order: ListOrder): ListCursor {
  const { key, ascending } = orderParts(order);
  const number = ++calls;
  if (key === 'duration')
    return ascending ? { at: '-1', taskId: number } : { at: String(1e11 + number), taskId: 1 };
  const year = ascending ? 1990 : 2100;
  return { at: shownTime(new Date(Date.UTC(year, 0) + number * 1000).toISOString()), taskId: 1 };
}

async function count(readModel: ReadModel, one: CountCase, tasks: number): Promise<void> {
  const filter = typeof one.filter === 'function' ? one.filter(tasks) : one.filter;
  // Another one each time: that one which lets all through is looked at again.
  const asked = { ...filter, notTaskTypes: [`none-${++calls}`] };
  const { count: found } = await readModel.count(asked);
  const counted = typeof one.counted === 'number' ? one.counted : one.counted(tasks);
  if (found !== counted)
    throw new Error(`${found} tasks of ${tasks} are counted by ${JSON.stringify(filter)}`);
}
