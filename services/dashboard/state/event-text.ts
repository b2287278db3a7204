/** An event of a stream of server-sent events. */
export interface StreamedEvent {
  type: string;
  data: string;
  /** The last that the stream has told, with this event or before it. */
  id: string;
}

/** Reads the text of a stream of server-sent events (WHATWG HTML, section 9.2.6), in whatever pieces it comes. */
export class EventText {
  private rest = '';
  private id = '';
  private type = '';
  private data: string[] = [];

  /** Takes the next piece; answers the events that it completes. */
  read(piece: string): StreamedEvent[] {
    const lines = (this.rest + piece).split('\n');
    this.rest = lines.pop() ?? '';
    const events: StreamedEvent[] = [];
    for (const line of lines) {
      const text = line.endsWith('\r') ? line.slice(0, -1) : line;
      if (text !== '') this.take(text);
      else this.complete(events);
    }
    return events;
  }

  private take(line: string): void {
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'id') this.id = value;
    else if (name === 'event') this.type = value;
    else if (name === 'data') this.data.push(value);
  }

  /** An event without data is none: it tells how far the stream has come. */
  private complete(events: StreamedEvent[]): void {
    if (this.data.length > 0) {
      events.push({
        type: this.type === '' ? 'message' : this.type,
        data: this.data.join('\n'),
        id: this.id,
      });
    }
    [this.type, this.data] = ['', []];
  }
}
