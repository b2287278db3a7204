import { systemError, type DiskFault, type DiskRequest } from './simulated-disk.js';

const CODES = ['EIO', 'ENOSPC', 'EIO', 'EDQUOT', 'EMFILE'];

/** A disk that refuses some of what it is asked for, reads apart, for this reason and that. */
export function randomFaults(
  random: () => number,
  share: number,
): (request: DiskRequest) => DiskFault | undefined {
  return ({ what }) => {
    if (what === 'read' || random() >= share) return undefined;
    const error = systemError(CODES[Math.floor(random() * CODES.length)] as string);
    if (what !== 'write') return { error };
    // Nothing, a part, or all of it is in the system's memory, and no sync brings it to the medium.
    return { error, bytes: random() < 0.4 ? Infinity : Math.floor(random() * 2_000) };
  };
}
