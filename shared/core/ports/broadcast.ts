import type { Caller } from '../contracts/caller.js';

/** Who listens on a subject. Nothing that it does is waited for, and nothing that it throws reaches who tells. */
export interface Listener {
  /**
   * @param data Any JSON value, read strictly where it may come from outside. It is shared with others who listen.
   * @param caller Who tells it, as far as that is believed on the subject.
   */
  heard(data: unknown, caller: Caller): void;
  /** Something was told that can't be read. */
  unreadable(reason: string): void;
  /** Hearing was interrupted: what was told up to now may not have been heard. */
  missed(): void;
}

/** How long it may take to have heard what was told, in milliseconds. */
export const UP_TO_DATE_MS_MAX = 2_000;

/** Somebody who listens. */
export interface Listening {
  /** Whether what is told now can be expected to be heard. */
  hears(): boolean;
  /**
   * Waits until what was told up to now has been heard.
   *
   * @throws UnavailableError when that does not come about within `UP_TO_DATE_MS_MAX`.
   */
  upToDate(): Promise<void>;
  /** Listens no longer. Idempotent. */
  stop(): Promise<void>;
}

/** Word that goes to all who listen at the time, in every process, each once. Nobody answers it, and what is lost is lost. */
export interface Broadcast {
  /**
   * Tells everybody who listens on a subject.
   *
   * @param data Travels as JSON.
   * @throws UnavailableError when nothing gets out for now.
   */
  tell(subject: string, data: object, caller: Caller): void;

  /** Listens on a subject; when it answers, it hears, unless the bus is away. */
  listen(subject: string, listener: Listener): Promise<Listening>;
}
