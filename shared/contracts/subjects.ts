/** Request: one event or a list of events; reply: the list of their outcomes. */
export const INGEST_SUBJECT = 'tasks.ingest';

/** Request: a `CancelRequest`; reply: a `CancelReply`. */
export const CANCEL_SUBJECT = 'tasks.commands.cancel';
