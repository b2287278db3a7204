import type { Caller } from '../../core/contracts/caller.js';
import { believedOn } from '../../core/contracts/subject-trust.js';
import type { Listener } from '../../core/ports/broadcast.js';
import type { Logger } from '../../core/ports/logger.js';

/** Who listens at one end of a `ThreadBus`. */
export class ThreadListeners {
  private readonly bySubject = new Map<string, Set<Listener>>();

  constructor(private readonly logger: Logger) {}

  /** Answers whether it is the first on its subject. */
  add(subject: string, listener: Listener): boolean {
    const listeners = this.bySubject.get(subject);
    if (listeners === undefined) this.bySubject.set(subject, new Set([listener]));
    else listeners.add(listener);
    return listeners === undefined;
  }

  /** Answers whether it was the last on its subject. */
  remove(subject: string, listener: Listener): boolean {
    const listeners = this.bySubject.get(subject);
    listeners?.delete(listener);
    return listeners?.size === 0 && this.bySubject.delete(subject);
  }

  /** Has each of them hear it; nothing that one does keeps it from the others. */
  tell(subject: string, data: unknown, caller: Caller): void {
    for (const listener of this.bySubject.get(subject) ?? []) {
      try {
        listener.heard(data, believedOn(subject, caller));
      } catch (err) {
        this.logger.error({ event: 'request_failed', err, subject }, 'What was told failed');
      }
    }
  }
}
