import { CorruptStoreError } from '../../../contracts/errors.js';
import type { NewEvent, RecordedEvent } from '../../../ports/event-store.js';
import { formatPosition } from './position.js';

/**
 * An event as it is stored: the stream's name, the revision and the event's JSON, a line each. So the name can be
 * looked at without parsing, and two equal texts are the same event at the same place. Names hold no line break.
 */
export function storedText(stream: string, revision: number, event: NewEvent): string {
  const { data, metadata } = event;
  const id = JSON.stringify(event.id);
  const type = JSON.stringify(event.type);
  return `${stream}\n${revision}\n{"id":${id},"type":${type},"data":${data},"metadata":${metadata}}`;
}

/** @throws CorruptStoreError when the text is none that `storedText` made. */
export function recordedEvent(text: string, position: number): RecordedEvent {
  const streamEnd = text.indexOf('\n');
  const revisionEnd = text.indexOf('\n', streamEnd + 1);
  try {
    const { id, type, data, metadata } = JSON.parse(text.slice(revisionEnd + 1)) as RecordedEvent;
    return {
      id,
      type,
      data,
      metadata,
      stream: text.slice(0, streamEnd),
      revision: Number(text.slice(streamEnd + 1, revisionEnd)),
      position: formatPosition(position),
    };
  } catch (error) {
    throw new CorruptStoreError(`The event at position ${position} can't be read`, { cause: error });
  }
}
