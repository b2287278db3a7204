import { atBase } from '../state/base-path.js';
import { EventText } from '../state/event-text.js';

/** What a stream of server-sent events tells. */
export interface StreamHandlers {
  /** The first of it has come. */
  onOpen: () => void;
  /** @param position The event's place in the ledger. */
  onEvent: (type: string, data: string, position: string) => void;
  /** It ended, or could not be opened. It does not connect again by itself. */
  onEnd: () => void;
  /** Nothing of it has come, though a stream begins at once: something on the way holds it back. It is closed. */
  onSilence: () => void;
}

/** Opens a stream. What it answers closes it. */
export type OpenStream = (path: string, handlers: StreamHandlers) => () => void;

/** How long the first byte may take. */
const FIRST_BYTE_MS_MAX = 5_000;
/** How long any other may take: the server sends at least a line each 15 seconds. */
const BYTE_MS_MAX = 40_000;

/**
 * Opens a stream by `fetch`, byte by byte. The browser's own EventSource says neither whether anything comes, so that a
 * stream that a proxy holds back looks like one on which nothing happens, nor what it does after an answer such as 503.
 */
export const openEventStream: OpenStream = (path, handlers) => {
  const closed = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const within = (ms: number, tell: () => void): void => {
    clearTimeout(timer);
    timer = setTimeout(() => end(tell), ms);
  };
  const end = (tell: () => void): void => {
    if (closed.signal.aborted) return;
    clearTimeout(timer);
    closed.abort();
    tell();
  };
  const read = async (): Promise<void> => {
    const { ok, body } = await fetch(atBase(path), {
      headers: { Accept: 'text/event-stream' },
      signal: closed.signal,
    });
    if (!ok || body === null) return;
    const reader = body.getReader();
    const [decoder, text] = [new TextDecoder(), new EventText()];
    let opened = false;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      within(BYTE_MS_MAX, handlers.onEnd);
      if (!opened) handlers.onOpen();
      opened = true;
      for (const { type, data, id } of text.read(decoder.decode(value, { stream: true }))) {
        if (closed.signal.aborted) return;
        handlers.onEvent(type, data, id);
      }
    }
  };
  within(FIRST_BYTE_MS_MAX, handlers.onSilence);
  read().then(
    () => end(handlers.onEnd),
    () => end(handlers.onEnd),
  );
  return () => end(() => undefined);
};
