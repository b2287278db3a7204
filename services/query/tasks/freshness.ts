import type { ProjectorStatus } from '../../../shared/core/ports/projector-status.js';

/** The same for an answer as of a moment, which is behind nothing. */
export function pastness({ position }: { position: string }): string[] {
  return freshness({ position: position === '' ? undefined : position, lagMs: 0 });
}

/**
 * The headers that say how far into the ledger an answer reaches, and how far that is behind.
 *
 * @param progress How far its projection was before the answer was read: it is then at least as fresh as is said.
 */
export function freshness({
  position,
  lagMs,
}: Pick<ReturnType<ProjectorStatus['status']>, 'position' | 'lagMs'>): string[] {
  const headers = ['Taskledger-Lag-Ms', String(Math.round(lagMs))];
  if (position !== undefined) headers.push('Taskledger-Position', position);
  return headers;
}
