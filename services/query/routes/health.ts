import type { Context } from 'koa';
import type { z } from 'zod';
import { answerJson } from '../answer.js';
import { lagEvents } from '../lag-events.js';
import type { QueryDeps } from '../query-deps.js';
import type { readinessSchema } from '../schemas.js';

const PART_TIMEOUT_MS = 1_000;

/** `GET /health/live`: the process answers. */
export function live(ctx: Context): void {
  answerJson(ctx, 200, 'success', '{"live":true}');
}

/**
 * `GET /health/ready`: whether requests can be served: 200, or 503 while a part is away or the projector has not yet come to
 * the ledger's end. Parked streams and lag are shown and don't make it unready: the other tasks are served.
 */
export function ready(deps: QueryDeps) {
  const { readModel, eventStore, bus, projector } = deps;
  return async (ctx: Context): Promise<void> => {
    const [ledger, readModelPart] = await Promise.all([
      partState(() => eventStore.lastPosition()),
      partState(() => readModel.list({}, 1)),
    ]);
    const { position, lagMs, caughtUp, parkedStreams, lastError } = projector.status();
    const parts: z.infer<typeof readinessSchema>['parts'] = {
      ledger,
      read_model: readModelPart,
      bus: { ok: bus.ready() },
      projector: {
        ok: caughtUp && lastError === undefined,
        position: position ?? null,
        lag_ms: Math.round(lagMs),
        lag_events: ledger.ok ? await lagEvents(deps) : undefined,
        caught_up: caughtUp,
        parked_streams: parkedStreams,
        error: lastError,
      },
    };
    const away = Object.entries(parts).flatMap(([name, part]) => (part.ok ? [] : [name]));
    const data = JSON.stringify({ ready: away.length === 0, parts });
    if (away.length === 0) answerJson(ctx, 200, 'success', data);
    else answerJson(ctx, 503, `Not ready: ${away.join(', ')}`, data);
  };
}

async function partState(ask: () => Promise<unknown>): Promise<{ ok: boolean; error?: string }> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${PART_TIMEOUT_MS} ms`)), PART_TIMEOUT_MS);
  });
  try {
    await Promise.race([ask(), timeout]);
    return { ok: true };
  } catch (error) {
    return { ok: false, error: (error as Error).message };
  } finally {
    clearTimeout(timer);
  }
}
