import { RefusedJson } from './json-items.js';
import { isJsonObject } from './strict-json.js';

/** An event as it is taken from who may report and not cancel: as it came, but for one that cancels, which is refused. */
export function reportEvent(event: unknown): unknown {
  if (!isJsonObject(event) || event.type !== 'task.cancelled') return event;
  return new RefusedJson('type: task.cancelled is not taken from who may not cancel', JSON.stringify(event));
}
