import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';

/** What a stream said: an event, or a block of lines without data. */
export interface StreamBlock {
  /** `task` or `left`; absent in a block without data. */
  event?: string;
  id?: string;
  /** A list item. */
  data?: Record<string, unknown> & { id: number; status: string };
  /** Its lines as they came. */
  lines: string[];
}

/** Where a stream is read from. */
export interface StreamOptions {
  lastEventId?: string | undefined;
  headers?: Record<string, string>;
}

/** A client of server-sent events: it does what an `EventSource` does (WHATWG HTML, section 9.2), and no more. */
export class EventStream {
  lastEventId: string | undefined;
  private text = '';
  private readonly blocks: StreamBlock[] = [];
  private ended = false;
  private wake: () => void = () => undefined;

  private constructor(
    readonly response: IncomingMessage,
    { lastEventId }: StreamOptions,
  ) {
    this.lastEventId = lastEventId;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.receive(chunk));
    response.on('error', () => undefined);
    response.on('close', () => {
      this.ended = true;
      this.wake();
    });
  }

  /** Opens a stream; whatever is answered, the answer's head is there. */
  static async open(url: string, options: StreamOptions = {}): Promise<EventStream> {
    const { lastEventId, headers = {} } = options;
    const id = lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId };
    const asking = request(url, { headers: { ...headers, ...id }, agent: false });
    asking.end();
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    return new EventStream(response, options);
  }

  get status(): number | undefined {
    return this.response.statusCode;
  }

  /** The next thing that was said; `undefined` once the stream has ended. */
  async nextBlock(): Promise<StreamBlock | undefined> {
    while (this.blocks.length === 0) {
      if (this.ended) return undefined;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    const block = this.blocks.shift() as StreamBlock;
    if (block.id !== undefined) this.lastEventId = block.id;
    return block;
  }

  /** The next event; `undefined` once the stream has ended. */
  async next(): Promise<Required<StreamBlock> | undefined> {
    for (;;) {
      const block = await this.nextBlock();
      if (block === undefined || block.data !== undefined) return block as Required<StreamBlock> | undefined;
    }
  }

  /** Cuts the connection off. What has come and was not read is thrown away, as if it had never come. */
  cut(): void {
    this.blocks.length = 0;
    this.response.destroy();
  }

  /** The next events, as many as asked for. */
  async take(count: number): Promise<Required<StreamBlock>[]> {
    const events: Required<StreamBlock>[] = [];
    while (events.length < count) {
      const event = await this.next();
      if (event === undefined) throw new Error(`The stream ended after ${events.length} of ${count} events`);
      events.push(event);
    }
    return events;
  }

  private receive(chunk: string): void {
    this.text += chunk;
    for (let end = this.text.indexOf('\n\n'); end !== -1; end = this.text.indexOf('\n\n')) {
      this.blocks.push(blockOf(this.text.slice(0, end)));
      this.text = this.text.slice(end + 2);
    }
    this.wake();
  }
}

function blockOf(text: string): StreamBlock {
  const block: StreamBlock = { lines: text.split('\n') };
  for (const line of block.lines) {
    const [, name, value = ''] = /^([a-z]*): ?(.*)$/.exec(line) ?? [];
    if (name === 'event') block.event = value;
    else if (name === 'id') block.id = value;
    else if (name === 'data') block.data = JSON.parse(value) as Required<StreamBlock>['data'];
  }
  return block;
}
