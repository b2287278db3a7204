import { EventStream } from './event-stream.js';

/** A list that is kept by a stream alone, over connections that are cut off again and again. */
export class FollowedList {
  /** What the list shows, by task. */
  readonly items = new Map<number, string>();
  /** How often it was cut off. */
  cuts = 0;
  /** Positions that did not come after the one before. */
  readonly disordered: string[] = [];
  /** Resolves once the first connection stands. */
  readonly opened: Promise<void>;
  private tellOpened: () => void = () => undefined;
  private stream: EventStream | undefined;
  private isCut = false;
  private last: { id: number; json: string } | undefined;

  /**
   * @param query The parameters of the stream, and of the list that it has to be like.
   * @param cutsMax Further cuts change nothing.
   */
  constructor(
    readonly query: string,
    private readonly cutsMax: number,
  ) {
    this.opened = new Promise((resolve) => (this.tellOpened = resolve));
  }

  /** Follows the stream, beginning anew where it was cut off, until it hears of the last item. */
  async follow(url: string): Promise<void> {
    let lastEventId: string | undefined;
    while (!this.isDone()) {
      const stream = await EventStream.open(`${url}/api/v1/tasks/stream?${this.query}`, { lastEventId });
      if (stream.status !== 200) throw new Error(`The stream was answered with ${stream.status}`);
      this.stream = stream;
      // Until it is told where it begins it could only begin at another place.
      while (stream.lastEventId === undefined) await stream.nextBlock();
      this.tellOpened();
      if (this.isCut) stream.cut();
      await this.read(stream);
      lastEventId = stream.lastEventId;
      if (this.isCut) {
        this.isCut = false;
        this.cuts++;
      }
    }
    this.stream?.cut();
  }

  /** Cuts the connection off, or the next one when there is none just now. */
  cut(): void {
    if (this.cuts >= this.cutsMax || this.isCut) return;
    this.isCut = true;
    this.stream?.cut();
  }

  /** Says which item is the last that it hears of. */
  endWith(item: { id: number }): void {
    this.last = { id: item.id, json: JSON.stringify(item) };
    if (this.isDone()) this.stream?.cut();
  }

  private async read(stream: EventStream): Promise<void> {
    let before = stream.lastEventId ?? '';
    for (let event = await stream.next(); event !== undefined; event = await stream.next()) {
      const { event: type, id, data } = event;
      if (id <= before) this.disordered.push(`${before} ${id}`);
      before = id;
      if (type === 'task') this.items.set(data.id, JSON.stringify(data));
      else this.items.delete(data.id);
      if (this.isDone()) return;
    }
  }

  private isDone(): boolean {
    return this.last !== undefined && this.items.get(this.last.id) === this.last.json;
  }
}
