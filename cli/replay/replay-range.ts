import { normalTime } from '../../shared/core/contracts/time.js';
import type { EventStore } from '../../shared/core/ports/event-store.js';
import { EXIT_USAGE } from '../exit-codes.js';
import { ExitError } from '../exit-error.js';

/** Which part of the ledger is meant; both ends are part of it, and an end that is absent is the ledger's. */
export interface ReplayRange {
  fromTime: string | undefined;
  toTime: string | undefined;
  fromPosition: string | undefined;
  upToPosition: string | undefined;
  /** The position right before the first one; `undefined` where that is the ledger's first. */
  afterPosition: () => Promise<string | undefined>;
}

/**
 * Reads both ends, each a position or a time.
 *
 * @throws ExitError for what is neither.
 */
export function rangeOf({ from, to }: { from?: string; to?: string }, store: EventStore): ReplayRange {
  const [first, last] = [endOf('--from', from, store), endOf('--to', to, store)];
  return {
    fromTime: first.time,
    toTime: last.time,
    fromPosition: first.position,
    upToPosition: last.position,
    afterPosition: () => positionBefore(first.position, store),
  };
}

interface RangeEnd {
  position?: string;
  time?: string;
}

function endOf(option: string, text: string | undefined, store: EventStore): RangeEnd {
  if (text === undefined) return {};
  if (store.isPosition(text)) return { position: text };
  const time = normalTime(text);
  if (time === undefined)
    throw new ExitError(
      `${option} must be a position of the ledger, or a time such as 2025-03-12T10:00:00Z`,
      EXIT_USAGE,
    );
  return { time };
}

async function positionBefore(position: string | undefined, store: EventStore): Promise<string | undefined> {
  if (position === undefined) return undefined;
  const before = { fromPosition: position, direction: 'backwards', limit: 1 } as const;
  for await (const event of store.readAll(before)) return event.position;
  return undefined;
}
