import type { Context } from 'koa';
import { listedBulkCancels } from '../../../shared/core/application/bulk-cancel-list.js';
import type { BulkCancelRecords } from '../../../shared/core/application/bulk-cancel-records.js';
import { BrokenStreamError, CorruptStoreError } from '../../../shared/core/contracts/errors.js';
import { answerJson } from '../http/answer.js';
import { nextLink } from '../http/base-path.js';
import { intParameter, parametersOf, single } from '../http/parameters.js';
import { checkTaken } from '../http/taken-parameters.js';
import type { QueryDeps } from '../query-deps.js';
import { cursorOf, cursorPlace } from './cancellation-cursor.js';
import { cancellationJson } from './cancellation-json.js';

const LIMIT_DEFAULT = 20;

/** Each is read from a stream of its own, whose first event is up to 256 KiB. */
const LIMIT_MAX = 100;

/**
 * `GET /api/v1/cancellations`: the cancellations whose previews hold tasks, newest first, as each is shown by itself but without
 * its tasks. They come from the ledger, so that there is nothing to wait for, and what a restart could lose.
 */
export function listCancellations(
  { eventStore, clock }: Pick<QueryDeps, 'eventStore' | 'clock'>,
  records: BulkCancelRecords,
) {
  return async (ctx: Context): Promise<void> => {
    const parameters = parametersOf(ctx.req);
    checkTaken(parameters, ['limit', 'cursor']);
    const limit =
      intParameter(parameters, 'limit', `an int from 1 to ${LIMIT_MAX}`, 1, LIMIT_MAX) ?? LIMIT_DEFAULT;
    const before = cursorPlace(single(parameters, 'cursor'));

    const now = new Date(clock.nowMs()).toISOString();
    const shown: string[] = [];
    let last = 0;
    for await (const { id, place } of listedBulkCancels(eventStore, limit, before)) {
      last = place;
      const json = id === undefined ? undefined : await jsonOf(records, id, now);
      if (json !== undefined) shown.push(json);
    }
    const next = `/api/v1/cancellations?limit=${limit}&cursor=${cursorOf(last)}`;
    answerJson(ctx, 200, 'success', `[${shown.join(',')}]`, last > 0 ? nextLink(ctx, next) : []);
  };
}

/** `undefined` for one whose preview was never written, and for one that can't be read: the others are shown all the same. */
async function jsonOf(records: BulkCancelRecords, id: string, now: string): Promise<string | undefined> {
  try {
    const bulk = await records.load(id);
    return bulk === undefined ? undefined : cancellationJson(bulk, undefined, now);
  } catch (error) {
    if (error instanceof BrokenStreamError || error instanceof CorruptStoreError) return undefined;
    throw error;
  }
}
