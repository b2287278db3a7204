import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import type { ProjectorStatus } from '../../../shared/core/ports/projector-status.js';

/**
 * Refuses to answer from what is being built from nothing: what is missing in it can't be told.
 *
 * @param what What it is, for the message: `The lists`.
 * @throws UnavailableError while it is being built.
 */
export function requireWhole(projector: ProjectorStatus, what: string): void {
  const { rebuilding, position } = projector.status();
  if (rebuilding !== true) return;
  const reached = position === undefined ? '' : `, so far up to position ${position}`;
  throw new UnavailableError(`${what} are being built from the ledger${reached}; try again in a while`);
}
