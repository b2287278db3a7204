import { atBase } from '../state/base-path.js';

/** What a stream of server-sent events tells. */
export interface StreamHandlers {
  onOpen: () => void;
  /** @param position The event's place in the ledger. */
  onEvent: (type: string, data: string, position: string) => void;
  /** It ended, or could not be opened. It does not connect again by itself. */
  onEnd: () => void;
}

/** Opens a stream. What it answers closes it. */
export type OpenStream = (path: string, types: readonly string[], handlers: StreamHandlers) => () => void;

/** What the browser tells of an event, as its types have it in a page alone. */
interface ToldEvent {
  data: string;
  lastEventId: string;
}

/**
 * Opens a stream with the browser's EventSource, but without its own way of connecting again, which gives up for good on an
 * answer such as 503 and does not say what it does.
 */
export const openEventStream: OpenStream = (path, types, { onOpen, onEvent, onEnd }) => {
  const source = new EventSource(atBase(path));
  source.onopen = onOpen;
  source.onerror = () => {
    source.close();
    onEnd();
  };
  for (const type of types) {
    source.addEventListener(type, (event: Event) => {
      const { data, lastEventId } = event as Event & ToldEvent;
      onEvent(type, data, lastEventId);
    });
  }
  return () => source.close();
};
