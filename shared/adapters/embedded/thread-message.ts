import type { RequestFailure } from '../../core/ports/bus-refusals.js';
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

/** What the ends of a `ThreadBus` say to each other. */
export type ThreadMessage =
  | ThreadRequest
  | ThreadReply
  /** Requests on this subject are taken from now on; it is to be answered with null. */
  | { kind: 'takes'; id: number; subject: string }
  /** Requests on this subject are no longer taken. */
  | { kind: 'takes no more'; subject: string };
