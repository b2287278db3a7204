/**
 * A question that many ask at the same time and that is put once for all of them: each is given what was found by a look
 * that began after it had asked. So there are never more than two looks, one under way and one that waits for it.
 */
export class SharedLook<Found> {
  private running: Promise<Found> | undefined;
  private waiting: Promise<Found> | undefined;

  constructor(private readonly look: () => Promise<Found>) {}

  /** @throws whatever the look throws. */
  ask(): Promise<Found> {
    if (this.running === undefined) return this.begin();
    return (this.waiting ??= this.afterThat(this.running));
  }

  private async afterThat(running: Promise<Found>): Promise<Found> {
    await running.catch(() => undefined);
    this.waiting = undefined;
    return this.begin();
  }

  private begin(): Promise<Found> {
    const looking = this.look().finally(() => {
      if (this.running === looking) this.running = undefined;
    });
    this.running = looking;
    return looking;
  }
}
