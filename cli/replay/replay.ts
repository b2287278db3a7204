import { NodeCrypto } from '../../shared/adapters/node/node-crypto.js';
import { ChainVerifier } from '../../shared/core/application/chain-verifier.js';
import { PROJECTS } from '../../shared/core/application/project-names.js';
import { Registry } from '../../shared/core/application/registry.js';
import { taskStream } from '../../shared/core/application/streams.js';
import { TaskReservations } from '../../shared/core/application/task-reservations.js';
import { verifyLedger, type VerifiedEvent } from '../../shared/core/application/verify-ledger.js';
import type { EventStore } from '../../shared/core/ports/event-store.js';
import type { TaskFilter } from '../../shared/core/ports/task-filter.js';
import { Lifecycle } from '../../shared/runtime/lifecycle.js';
import { createLogger } from '../../shared/runtime/observability/logger.js';
import type { Settings } from '../../shared/runtime/settings.js';
import { Output, note } from '../client/output.js';
import { printable } from '../client/printable.js';
import { openEventStore } from '../engines.js';
import { EXIT_NOT_FOUND, EXIT_USAGE } from '../exit-codes.js';
import { ExitError } from '../exit-error.js';
import { EVENT_FORMATS, type EventFormat } from './event-formats.js';
import { isWanted } from './is-wanted.js';
import { rangeOf } from './replay-range.js';

/** What `replay` is asked for. */
export interface ReplayOptions {
  /** The first event: a position, or the time when it was recorded. */
  from?: string;
  /** The last one, likewise. */
  to?: string;
  /** The only task, by id or key. */
  task?: string;
  projectId?: number;
  /** By name. */
  project?: string;
  /** Alternatives. */
  type?: string[];
  /** As `name:value`; all of them. */
  label?: string[];
  format: EventFormat;
}

/** Faults beyond this are counted, not told. */
const TOLD_FAULTS_MAX = 100;

const CRYPTO = new NodeCrypto();

/**
 * Prints what the ledger has on record, in the order in which it was recorded, also while Taskledger writes to it. What does not
 * verify is not printed; it is told on stderr.
 *
 * @returns Whether everything that was read verifies.
 */
export async function replay(settings: Settings, options: ReplayOptions): Promise<boolean> {
  const logger = createLogger(settings);
  const lifecycle = new Lifecycle(logger);
  const out = new Output(options.format !== 'table', true);
  try {
    const store = await openEventStore({ settings, lifecycle, logger }, { readOnly: true });
    const range = rangeOf(options, store);
    const filter = await filterOf(options, store);
    const show = EVENT_FORMATS[options.format]();
    let faults = 0;
    const onFault = (fault: string): void => {
      if (++faults <= TOLD_FAULTS_MAX) note(printable(fault));
    };
    const onEvent = async ({ event, prev, fault }: VerifiedEvent): Promise<void> => {
      if (fault === undefined && isWanted(event, range, filter)) await out.lines(...show(event, prev));
    };
    if (options.task === undefined) {
      const bounds = { afterPosition: await range.afterPosition(), upToPosition: range.upToPosition };
      await untilGone(out, (signal) =>
        verifyLedger({ store, crypto: CRYPTO, ...bounds, onFault, onEvent, signal }),
      );
    } else {
      await ofTask(store, await taskIdOf(options.task, store), out, onFault, onEvent);
    }
    if (faults > TOLD_FAULTS_MAX) note(`and ${faults - TOLD_FAULTS_MAX} more`);
    return faults === 0;
  } finally {
    await lifecycle.stop();
  }
}

/** Ends without an error when nobody reads any more. */
async function untilGone(out: Output, work: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  try {
    await work(out.gone);
  } catch (error) {
    if (!out.gone.aborted) throw error;
  }
}

/** One task's events need not be looked for in the whole ledger. */
async function ofTask(
  store: EventStore,
  taskId: number,
  out: Output,
  onFault: (fault: string) => void,
  onEvent: (verified: VerifiedEvent) => Promise<void>,
): Promise<void> {
  const chain = new ChainVerifier(CRYPTO);
  let events = 0;
  for await (const event of store.readStream(taskStream(taskId))) {
    const { prev } = chain;
    const fault = chain.next(event);
    events++;
    if (fault !== undefined) return onFault(`${fault}; what comes after it is not printed`);
    await onEvent({ event, prev, fault });
    if (out.gone.aborted) return;
  }
  if (events === 0) throw new ExitError('Task not found', EXIT_NOT_FOUND);
}

/** What is digits alone is an id: no key is. */
async function taskIdOf(task: string, store: EventStore): Promise<number> {
  if (/^\d{1,15}$/.test(task)) return Number(task);
  const reservations = new TaskReservations({ store, clock: { nowMs: () => Date.now() }, crypto: CRYPTO });
  const id = await reservations.find(task, { key: task });
  if (id === undefined) throw new ExitError('Task not found', EXIT_NOT_FOUND);
  return id;
}

async function filterOf(
  { projectId, project, type, label }: ReplayOptions,
  store: EventStore,
): Promise<TaskFilter> {
  const id = project === undefined ? projectId : await projectIdOf(project, store);
  return {
    ...(id !== undefined && { projectId: id }),
    ...(type !== undefined && { taskTypes: type }),
    ...(label !== undefined && { labels: label }),
  };
}

async function projectIdOf(name: string, store: EventStore): Promise<number> {
  const projects = new Registry(PROJECTS, store, CRYPTO);
  await projects.refresh();
  const id = projects.known(name)?.project_id;
  if (id === undefined) throw new ExitError(`There is no project ${JSON.stringify(name)}`, EXIT_USAGE);
  return id;
}
