/** One event of an event stream (HTML standard, 9.2 "Server-sent events"). */
export interface ServerSentEvent {
  /** The id that a reader goes on after; also of an event that has no data. */
  id: string | undefined;
  event: string;
  /** Empty for one that only moves the id on. */
  data: string;
}

/** Reads an event stream piece by piece, as the HTML standard says in 9.2.6; `retry` is left to whoever reconnects. */
export class EventStreamParser {
  #rest = '';
  #id: string | undefined;
  #event = '';
  #data: string[] = [];

  /** The events that are complete with this piece of text. */
  *take(chunk: string): Generator<ServerSentEvent> {
    // A line ends with CR, LF or both; a CR at the very end may be the first half of both.
    const lines = (this.#rest + chunk).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const complete = this.#line(line);
      if (complete !== undefined) yield complete;
    }
  }

  #line(line: string): ServerSentEvent | undefined {
    if (line === '') return this.#complete();
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') this.#data.push(value);
    else if (name === 'event') this.#event = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
    return undefined;
  }

  #complete(): ServerSentEvent | undefined {
    const [event, data] = [this.#event, this.#data];
    [this.#event, this.#data] = ['', []];
    if (data.length === 0 && this.#id === undefined) return undefined;
    return { id: this.#id, event: event === '' ? 'message' : event, data: data.join('\n') };
  }
}
