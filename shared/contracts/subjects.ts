/** Request: one event or a list of events; reply: the list of their outcomes. */
export const INGEST_SUBJECT = 'tasks.ingest';

/** Request: a `CancelRequest`; reply: a `CancelReply`. */
export const CANCEL_SUBJECT = 'tasks.commands.cancel';

/** Request: a `BulkCancelPreviewRequest`; reply: a `BulkCancelReply`. */
export const BULK_CANCEL_PREVIEW_SUBJECT = 'tasks.commands.bulk_cancel.preview';

/** Request: a `BulkCancelExecuteRequest`; reply: a `BulkCancelReply`. */
export const BULK_CANCEL_EXECUTE_SUBJECT = 'tasks.commands.bulk_cancel.execute';

/** Where publishers that don't wait for an answer leave events: any subject that begins so. */
export const PUBLISH_SUBJECT = 'tasks.publish';

/** Where events that can't be appended are kept, followed by why. */
export const PARKED_SUBJECT = 'tasks.parked';

/** Where the ledger's events come out: followed by project, task and what happened. */
export const FEED_SUBJECT = 'tasks.events';
