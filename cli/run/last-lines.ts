import { StringDecoder } from 'node:string_decoder';

/** The last lines of what a command says: as much as people need to see why it failed. */
export class LastLines {
  readonly #decoder = new StringDecoder('utf8');
  #text = '';

  /** @param linesMax How many lines are kept at most. @param bytesMax And how many bytes of them. */
  constructor(
    private readonly linesMax = 20,
    private readonly bytesMax = 8 * 1024,
  ) {}

  /** Takes a piece, wherever it begins and ends. */
  add(piece: Buffer): void {
    // More than is kept need not be looked at; a character that is cut in two is decoded as a mark.
    this.#text = this.#bounded(this.#text + this.#decoder.write(piece));
  }

  /** The lines; empty when nothing was said. */
  get text(): string {
    const lines = this.#text.trimEnd().split(/\r\n|\n/);
    return lines.slice(-this.linesMax).join('\n');
  }

  #bounded(text: string): string {
    // A character has three bytes at most for each unit, so what is longer than this can be cut without counting.
    const end = Buffer.from(text.slice(-this.bytesMax));
    if (end.length <= this.bytesMax) return text.slice(-this.bytesMax);
    let from = end.length - this.bytesMax;
    // Not within a character (RFC 3629: its further bytes begin with 10).
    while (((end[from] ?? 0) & 0xc0) === 0x80) from++;
    return end.subarray(from).toString();
  }
}
