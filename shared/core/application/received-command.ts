import type { TaskCommand } from '../domain/commands.js';
import type { EventOrigin } from '../domain/task.js';

/** A well-formed command, with who sent it and when it is said to have happened. */
export interface ReceivedCommand {
  command: TaskCommand;
  /** What it was sent as: a lifecycle event's type, or the subject of a command. */
  name: string;
  origin: EventOrigin;
  /** RFC 3339 with `Z` and milliseconds. */
  occurredAt: string | undefined;
  /** CloudEvents extension attributes. */
  extensions: Record<string, string>;
  /** Who asked, as far as was said. */
  principal: string;
  /** How that was checked; left out, it was not. */
  authenticatedBy?: string;
  /** What creates the task first, where there is none yet. Only with a key that it can be created under. */
  creation?: ReceivedCommand;
  /** What in the ledger led to it, where something did: a bulk cancel. Only with an origin of the ledger's own. */
  cause?: { correlationId: string; causationId: string };
}
