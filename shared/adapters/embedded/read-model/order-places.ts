import type { TaskExtras } from '../../../core/contracts/task-fields.js';
import { durationMs, orderParts, type ListOrder, type OrderKey } from '../../../core/ports/list-order.js';
import type { ListCursor } from '../../../core/ports/read-model.js';
import { findSecondNumber, secondNumber, secondText, type Place } from './place.js';
import { mirrored } from './place-stream.js';

/** What of a task it takes to know where it stands, whatever the order. */
export interface OrderedTask extends Place {
  extras: Pick<TaskExtras, 'startedAtJson' | 'completedAtJson'>;
}

/** Where a task stands in a list by this, from the greatest on: `second` is the number that it is sorted by. */
export function placeBy(key: OrderKey, { second, taskId, extras }: OrderedTask): Place | undefined {
  if (key === 'created') return { second, taskId };
  const { startedAtJson, completedAtJson } = extras;
  const number = key === 'ended' ? jsonSecond(completedAtJson) : durationMs(startedAtJson, completedAtJson);
  return number === undefined ? undefined : { second: number, taskId };
}

/** Where it stands in a list of this order; mirrored when that is an ascending one. */
export function placeIn(order: ListOrder, task: OrderedTask): Place | undefined {
  const { key, ascending } = orderParts(order);
  const place = placeBy(key, task);
  return place !== undefined && ascending ? mirrored(place) : place;
}

/** The second of a time as JSON; `undefined` for `null`. */
export function jsonSecond(json: string): number | undefined {
  return json === 'null' ? undefined : findSecondNumber(json.slice(1, 20));
}

/** The place that a cursor of such a list means. @throws InvalidRequestError for one of another list. */
export function placeAt(order: ListOrder, { at, taskId }: ListCursor): Place {
  const { key, ascending } = orderParts(order);
  const place = { second: key === 'duration' ? Number(at) : secondNumber(at), taskId };
  return ascending ? mirrored(place) : place;
}

/** The cursor that means such a place. */
export function cursorAt(order: ListOrder, place: Place): ListCursor {
  const { key, ascending } = orderParts(order);
  const { second, taskId } = ascending ? mirrored(place) : place;
  return { at: key === 'duration' ? String(second) : secondText(second), taskId };
}
