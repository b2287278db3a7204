import { setTimeout as delay } from 'node:timers/promises';
import { InvalidRequestError, UnavailableError } from '../../../shared/core/contracts/errors.js';
import type { Endpoint, ReadSource } from '../endpoints.js';
import type { QueryDeps } from '../query-deps.js';
import { parametersOf, single } from './parameters.js';
import type { RouteHandler } from './route-table.js';

/** By it a read is asked not to be answered from what is older than a write was. */
export const MIN_POSITION = 'min_position';

/** In any other request there is no such parameter, however it is encoded. */
const MAY_ASK = new RegExp(`[?].*(?:${MIN_POSITION}|%)`);

/** How many requests wait at a time. */
const WAITING_MAX = 1_000;

/** How often it is looked how far what they wait for has come, for all at once. */
const LOOK_MS = 20;

/** How far each has come that answers are read from; `undefined` where that is nowhere yet. */
type Reached = Record<ReadSource, () => string | undefined | Promise<string | undefined>>;

/**
 * Has reads wait until what they are answered from has come to the position that they name: so a write is seen by whoever knows
 * its position, on any replica.
 */
export class PositionWait {
  readonly #reached: Reached;
  #waiting = 0;
  #look: Promise<void> | undefined;

  /** @param waitMs How long a read waits at the most. */
  constructor(
    private readonly deps: Pick<QueryDeps, 'eventStore' | 'projector' | 'stats' | 'seriesProjector'>,
    private readonly waitMs: number,
  ) {
    const { eventStore, projector, stats, seriesProjector } = deps;
    this.#reached = {
      lists: () => projector.status().position,
      stats: () => stats.status().position,
      series: () => seriesProjector.status().position,
      ledger: () => eventStore.lastPosition(),
    };
  }

  /** The same handler, called once what it reads has come so far; without the parameter at once. */
  before({ method, reads }: Pick<Endpoint, 'method' | 'reads'>, handle: RouteHandler): RouteHandler {
    if (method !== 'GET') return handle;
    return (ctx, parameter) => {
      // Hardly anybody asks for it: the others need not have their parameters read twice.
      if (!MAY_ASK.test(ctx.req.url ?? '')) return handle(ctx, parameter);
      const position = single(parametersOf(ctx.req), MIN_POSITION);
      if (position === undefined) return handle(ctx, parameter);
      if (reads === undefined)
        throw new InvalidRequestError(`${MIN_POSITION} is not taken here, where nothing of the past is read`);
      return this.#until(reads, position).then(() => handle(ctx, parameter));
    };
  }

  /**
   * Waits until a source has come to a position.
   *
   * @throws InvalidRequestError for what is no position.
   * @throws UnavailableError when it does not come so far in time, or too many wait.
   */
  async #until(source: ReadSource, position: string): Promise<void> {
    if (!this.deps.eventStore.isPosition(position))
      throw new InvalidRequestError(
        `${MIN_POSITION} must be a position, as Taskledger-Position and the outcomes of events have it`,
      );
    const isThere = async (): Promise<boolean> => ((await this.#reached[source]()) ?? '') >= position;
    if (await isThere()) return;
    if (this.#waiting >= WAITING_MAX)
      throw new UnavailableError('Too many requests wait for a position; try again');
    const over = AbortSignal.timeout(this.waitMs);
    this.#waiting++;
    try {
      while (!over.aborted) {
        await this.#nextLook();
        if (await isThere()) return;
      }
    } finally {
      this.#waiting--;
    }
    const reached = (await this.#reached[source]()) ?? 'none';
    throw new UnavailableError(`What is asked for has come to position ${reached} only; try again`);
  }

  #nextLook(): Promise<void> {
    return (this.#look ??= delay(LOOK_MS).finally(() => (this.#look = undefined)));
  }
}
