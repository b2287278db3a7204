import type { RequestFailure } from '../../core/ports/bus-refusals.js';
import type { Caller } from '../../core/contracts/caller.js';
import type { RequestContext } from '../../core/ports/message-bus.js';

/** A request on its way from one end of a `ThreadBus` to the other. */
export interface ThreadRequest {
  kind: 'request';
  /** Its number among the requests of the end that asks. */
  id: number;
  subject: string;
  /** The data as JSON. */
  text: string;
  /** Whether somebody else wrote that JSON, so that it has to be read strictly. */
  foreign: boolean;
  context: RequestContext;
}

/** What a request brought: JSON, or why there is none. */
export type ThreadReply =
  { kind: 'answer'; id: number; text: string } | ({ kind: 'failure'; id: number } & RequestFailure);

/** What is told to all who listen on a subject at the other end. */
export interface ThreadWord {
  kind: 'word';
  subject: string;
  /** The data as JSON. */
  text: string;
  caller: Caller;
}

/** What the ends of a `ThreadBus` say to each other. */
export type ThreadMessage =
  | ThreadRequest
  | ThreadReply
  | ThreadWord
  /** Somebody listens on this subject from now on; it is to be answered with null. */
  | { kind: 'listens'; id: number; subject: string }
  /** Nobody listens on it any more. */
  | { kind: 'listens no more'; subject: string }
  /** Requests on this subject are taken from now on; it is to be answered with null. */
  | { kind: 'takes'; id: number; subject: string }
  /** Requests on this subject are no longer taken. */
  | { kind: 'takes no more'; subject: string };
