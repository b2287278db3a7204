/** How long work may wait for its turn. */
export interface Patience {
  waitMsMax: number;
  /** What is thrown when it has waited so long. */
  error: () => Error;
}

/** Work that waits for its turn. */
interface Waiting {
  weight: number;
  begin(): void;
}

/**
 * Lets work through in the order in which it came, as much at a time as its weight allows. What weighs more than all
 * that is allowed has a turn alone.
 */
export class Semaphore {
  private readonly waiting: Waiting[] = [];
  private weightUnderWay = 0;

  /** @param weightMax What may be under way at a time. */
  constructor(private readonly weightMax: number) {}

  /** Does the work when its turn has come; `patience` says how long that may take, else it waits for as long as it takes. */
  async run<Answer>(weight: number, work: () => Promise<Answer>, patience?: Patience): Promise<Answer> {
    if (this.waiting.length === 0 && this.fits(weight)) this.weightUnderWay += weight;
    else await this.turn(weight, patience);
    try {
      return await work();
    } finally {
      this.weightUnderWay -= weight;
      this.beginNext();
    }
  }

  private turn(weight: number, patience: Patience | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer =
        patience &&
        setTimeout(() => {
          this.waiting.splice(this.waiting.indexOf(entry), 1);
          reject(patience.error());
          // What was behind it may be lighter.
          this.beginNext();
        }, patience.waitMsMax);
      const begin = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const entry = { weight, begin };
      this.waiting.push(entry);
    });
  }

  private beginNext(): void {
    for (let next = this.waiting[0]; next !== undefined && this.fits(next.weight); next = this.waiting[0]) {
      this.waiting.shift();
      this.weightUnderWay += next.weight;
      next.begin();
    }
  }

  private fits(weight: number): boolean {
    return this.weightUnderWay === 0 || this.weightUnderWay + weight <= this.weightMax;
  }
}
