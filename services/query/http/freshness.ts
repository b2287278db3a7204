import type { ProjectorStatus } from '../../../shared/core/ports/projector-status.js';

/**
 * The headers that say how far into the ledger an answer reaches, and how far that is behind.
 *
 * @param progress How far its projection was before the answer was read: it is then at least as fresh as is said.
 */
export function freshness({
  position,
  lagMs,
}: Pick<ReturnType<ProjectorStatus['status']>, 'position' | 'lagMs'>): string[] {
  return ['Taskledger-Lag-Ms', String(Math.round(lagMs)), ...positionHeader(position)];
}

/**
 * The header that says how far into the ledger a read shows, or where what was written is.
 *
 * @param position Nothing where nothing is on disk, or a command service of a version before does not say.
 */
export function positionHeader(position: string | null | undefined): string[] {
  return position === null || position === undefined ? [] : ['Taskledger-Position', position];
}

/** The same for an answer as of a moment, which is behind nothing. */
export function pastness({ position }: { position: string }): string[] {
  return freshness({ position: position === '' ? undefined : position, lagMs: 0 });
}
