/** Work that waits for a turn. */
interface Waiting {
  weight: number;
  begin(): void;
}

/**
 * Spreads work over turns of the event loop, in the order in which it came: in each only so much is begun as its weight
 * allows, and at least one piece.
 */
export class LoopTurns {
  private readonly waiting: Waiting[] = [];
  /** What may still be begun in this turn. */
  private left: number;
  private endIsWaitedFor = false;

  /** @param weightMax How much may be begun in one turn. */
  constructor(private readonly weightMax: number) {
    this.left = weightMax;
  }

  /** Whether the work may begin in this very turn; else it has to `wait`. */
  takeAtOnce(weight: number): boolean {
    if (this.waiting.length > 0 || !this.fits(weight)) return false;
    this.take(weight);
    return true;
  }

  /** Waits for the turn in which the work may begin. */
  wait(weight: number): Promise<void> {
    return new Promise((begin) => this.waiting.push({ weight, begin }));
  }

  private fits(weight: number): boolean {
    return this.left === this.weightMax || weight <= this.left;
  }

  private take(weight: number): void {
    this.left -= weight;
    if (this.endIsWaitedFor) return;
    this.endIsWaitedFor = true;
    setImmediate(this.endTurn);
  }

  private readonly endTurn = (): void => {
    this.endIsWaitedFor = false;
    this.left = this.weightMax;
    for (let next = this.waiting[0]; next !== undefined && this.fits(next.weight); next = this.waiting[0]) {
      this.waiting.shift();
      this.take(next.weight);
      next.begin();
    }
  };
}
