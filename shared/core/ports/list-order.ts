/** What lists can be sorted by: when tasks were created, when they ended, and how long they ran. */
export const ORDER_KEYS = ['created', 'ended', 'duration'] as const;

/** One of them. */
export type OrderKey = (typeof ORDER_KEYS)[number];

/** An order of a list: from the smallest on, or with `-` from the greatest on. */
export type ListOrder = OrderKey | `-${OrderKey}`;

/** Newest first, as the contract has it. */
export const ORDER_DEFAULT = '-created' satisfies ListOrder;

/** All of them. */
export const LIST_ORDERS: readonly ListOrder[] = ORDER_KEYS.flatMap((key) => [key, `-${key}` as const]);

/** No task takes longer: beyond this, durations count as equal, in milliseconds. It is about 31 years. */
const DURATION_MS_MAX = 1e12 - 1;

/** An order's parts. */
export function orderParts(order: ListOrder): { key: OrderKey; ascending: boolean } {
  const ascending = !order.startsWith('-');
  return { key: (ascending ? order : order.slice(1)) as OrderKey, ascending };
}

/**
 * How long a task ran, from its first start to its end, in milliseconds; `undefined` for one that has not ended or was never
 * started.
 *
 * @param startedAtJson As in `TaskExtras`, and so the other.
 */
export function durationMs(startedAtJson: string, completedAtJson: string): number | undefined {
  if (startedAtJson === 'null' || completedAtJson === 'null') return undefined;
  const ms = Date.parse(completedAtJson.slice(1, -1)) - Date.parse(startedAtJson.slice(1, -1));
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), DURATION_MS_MAX);
}
