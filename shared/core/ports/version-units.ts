/**
 * How many events a unit has. A version that held within one unit, as most do, has one node to be found by; whoever looks
 * for what held at a position passes over at most about twice as many versions that began or ended in its unit.
 */
export const UNIT_EVENTS = 512;

/** Above every level that there can be: 2^40 units. */
const LEVELS_MAX = 40;

/** Some units in a row: `2 ** level` of them, from `index * 2 ** level` on. */
export interface UnitNode {
  level: number;
  index: number;
}

/**
 * The nodes that cover the units from one to another, both included, and no others: as few as there can be, two of a level at
 * most (as a segment tree has them, https://en.wikipedia.org/wiki/Segment_tree).
 */
export function coverOf(first: number, last: number): UnitNode[] {
  const nodes: UnitNode[] = [];
  let [from, before] = [first, last + 1];
  for (let level = 0; from < before; level++) {
    if (from % 2 === 1) nodes.push({ level, index: from++ });
    if (before % 2 === 1) nodes.push({ level, index: --before });
    from /= 2;
    before /= 2;
  }
  return nodes;
}

/** The nodes that a unit lies in. @param newest The newest unit that there is: what is above it covers nothing. */
export function nodesAround(unit: number, newest: number): UnitNode[] {
  const nodes: UnitNode[] = [];
  for (let level = 0; level < LEVELS_MAX && 2 ** level <= newest + 1; level++)
    nodes.push({ level, index: Math.floor(unit / 2 ** level) });
  return nodes;
}

/** A number that stands for a node, different for different ones. */
export function nodeNumber({ level, index }: UnitNode): number {
  return level * 2 ** LEVELS_MAX + index;
}

/** Where a unit of events begins. */
export interface UnitStart {
  /** From 0, in the order of the ledger. */
  unit: number;
  /** Of its first event. */
  position: string;
  /** When that was recorded, or what was recorded before it if that is later: it never goes back. RFC 3339 with `Z` and milliseconds. */
  at: string;
}

/** The newest unit, and what there is of it. */
export interface OpenUnit extends UnitStart {
  /** How many events it has so far. */
  events: number;
  /** The last one's position, and when it was recorded, likewise. */
  lastPosition: string;
  lastAt: string;
}

/**
 * The newest unit with one more event, or the one that begins with it; the same for an event that it has already. Where units
 * begin follows from the order of the events alone, as long as each is given from the last one that is in on.
 */
export function withEvent(open: OpenUnit | undefined, position: string, recordedAt: string): OpenUnit {
  if (open === undefined)
    return {
      ...{ unit: 0, position, at: recordedAt },
      ...{ events: 1, lastPosition: position, lastAt: recordedAt },
    };
  if (position <= open.lastPosition) return open;
  const lastAt = recordedAt > open.lastAt ? recordedAt : open.lastAt;
  if (open.events < UNIT_EVENTS) return { ...open, events: open.events + 1, lastPosition: position, lastAt };
  return { unit: open.unit + 1, position, at: lastAt, events: 1, lastPosition: position, lastAt };
}
