import { setTimeout as delay } from 'node:timers/promises';
import { TASK_STREAM_PREFIX } from '../../../shared/core/application/streams.js';
import { InvalidRequestError, UnavailableError } from '../../../shared/core/contracts/errors.js';
import { normalTime } from '../../../shared/core/contracts/time.js';
import type { ProjectorStatus } from '../../../shared/core/ports/projector-status.js';
import { single, type Parameters } from '../http/parameters.js';
import { AS_OF } from '../http/taken-parameters.js';
import type { QueryDeps } from '../query-deps.js';
import { requireWhole } from '../tasks/require-whole.js';

/** What is allowed, for messages. */
const ALLOWED = 'a time such as 2025-03-12T10:00:00Z (RFC 3339), or a position as Taskledger-Position has it';

/** How long an answer waits for what was recorded a moment ago to be taken in. */
const WAIT_MS_MAX = 3_000;
const LOOK_DELAY_MS = 20;

/** How many events are read to find the last one of a time: a unit, and what is not taken in yet. */
const EVENTS_READ_MAX = 5_000;

/** Without an offset a time is UTC, as in all filters; with a fraction it may be of milliseconds. */
const PLAIN_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?$/;

/** What it takes to know moments. */
export type MomentDeps = Pick<
  QueryDeps,
  'eventStore' | 'versions' | 'projector' | 'versionsProjector' | 'clock'
>;

/** A moment that the lists and the versions have come to. */
export interface PastMoment {
  /** The last position of it; empty where it is before everything that is kept. */
  position: string;
  /** The time that was asked for, where it was a time. */
  time?: string;
  /** Whether versions are kept from then on: else only the ledger knows. */
  isKept: boolean;
}

/** The moment that `as_of` asks for; `undefined` where it is not given. @throws As `momentOf`. */
export function asOf(deps: MomentDeps, parameters: Parameters): Promise<PastMoment | undefined> {
  return momentOf(deps, parameters, AS_OF);
}

/**
 * The moment that a parameter names: a position, or the last one recorded before anything that was recorded after a time.
 *
 * @throws InvalidRequestError for what is neither, or has not come yet.
 * @throws UnavailableError when it is not taken in within `WAIT_MS_MAX`.
 */
export async function momentOf(
  deps: MomentDeps,
  parameters: Parameters,
  name: string,
): Promise<PastMoment | undefined> {
  const text = single(parameters, name);
  if (text === undefined) return undefined;
  const { eventStore, projector, versionsProjector, clock } = deps;
  const isPosition = eventStore.isPosition(text);
  const said = isPosition ? await reached(deps, text, name) : timeOf(text, name, clock.nowMs());
  const time = isPosition ? {} : { time: said };
  if (versionsProjector === undefined) return { position: isPosition ? said : '', ...time, isKept: false };
  requireWhole(projector, 'The lists');
  requireWhole(versionsProjector, 'The versions of tasks');
  const position = isPosition ? said : await positionAt(deps, said);
  await takenIn([projector, versionsProjector], position, name);
  // Asked last: what is kept no longer by now may be missing in what is read.
  const kept = await deps.versions.keptFrom();
  return { position, ...time, isKept: kept === undefined || position >= kept.position };
}

/** @throws InvalidRequestError when versions are no longer kept of a moment that is asked for. */
export async function requireKept(
  deps: Pick<QueryDeps, 'versions' | 'versionsProjector'>,
  name: string,
  moment: PastMoment,
): Promise<void> {
  if (moment.isKept) return;
  if (deps.versionsProjector === undefined)
    throw new InvalidRequestError(
      `${name} is not taken here: VERSIONS_KEEP_DAYS is 0, and no lists of before are kept`,
    );
  const kept = await deps.versions.keptFrom();
  throw new InvalidRequestError(
    `${name} must be ${kept?.at} or later, or ${kept?.position} or a later position: lists of before are not kept`,
  );
}

/** The same once more, when all is read: what was kept at first may have gone meanwhile. */
export async function requireStillKept(
  deps: Pick<QueryDeps, 'versions' | 'versionsProjector'>,
  name: string,
  { position }: PastMoment,
): Promise<void> {
  const kept = await deps.versions.keptFrom();
  await requireKept(deps, name, { position, isKept: kept === undefined || position >= kept.position });
}

function timeOf(text: string, name: string, nowMs: number): string {
  // In a query an unescaped + is a space, and an offset is where a time has one.
  const said = text.replace(' ', '+');
  const time = normalTime(PLAIN_TIME.test(said) ? `${said}Z` : said);
  if (time === undefined) throw new InvalidRequestError(`${name} must be ${ALLOWED}`);
  if (Date.parse(time) > nowMs) throw new InvalidRequestError(`${name} must not be in the future`);
  return time;
}

async function reached({ eventStore }: MomentDeps, position: string, name: string): Promise<string> {
  const last = await eventStore.lastPosition();
  if (last !== undefined && position <= last) return position;
  throw new InvalidRequestError(
    `${name} must not be beyond the ledger's end, which is ${last ?? 'before any position'}`,
  );
}

/** The last position of a task's event that was recorded before anything that was recorded after a time. */
async function positionAt({ eventStore, versions }: MomentDeps, time: string): Promise<string> {
  const unit = await versions.unitAt(time);
  // Before all that is kept: where that is all there is, before everything.
  if (unit === undefined) return '';
  let { position } = unit;
  const after = { fromPosition: position, streamPrefix: TASK_STREAM_PREFIX, limit: EVENTS_READ_MAX };
  let read = 0;
  for await (const event of eventStore.readAll(after)) {
    if ((event.metadata.recorded_at ?? '') > time) return position;
    ({ position } = event);
    read++;
  }
  if (read < EVENTS_READ_MAX) return position;
  throw new UnavailableError('The versions of tasks are too far behind to say what there was at this time');
}

async function takenIn(
  projectors: readonly ProjectorStatus[],
  position: string,
  name: string,
): Promise<void> {
  const isIn = (): boolean =>
    projectors.every((projector) => (projector.status().position ?? '') >= position);
  for (let waitedMs = 0; !isIn(); waitedMs += LOOK_DELAY_MS) {
    if (waitedMs >= WAIT_MS_MAX)
      throw new UnavailableError(`What was recorded up to ${name} is not taken in yet; try again in a while`);
    await delay(LOOK_DELAY_MS);
  }
}
