/** Request: one event or a list of events; reply: the list of their outcomes. */
export const INGEST_SUBJECT = 'tasks.ingest';

/** As `INGEST_SUBJECT`, for who may report what becomes of tasks and not cancel them: NATS maps to it what they send there. */
export const REPORT_SUBJECT = 'tasks.report';

/** What everything begins with that only our own processes ask each other. */
export const COMMANDS_SUBJECT = 'tasks.commands';

/** Request: nothing; reply: the `id` of the command service that answers, for `serviceIngestSubject`. */
export const SERVICE_SUBJECT = `${COMMANDS_SUBJECT}.service`;

/** As `INGEST_SUBJECT`, for one command service: the events of the tasks that another one has taken from the stream for it. */
export function serviceIngestSubject(serviceId: string): string {
  return `${SERVICE_SUBJECT}.${serviceId}.ingest`;
}

/** Request: a `CancelRequest`; reply: a `CancelReply`. */
export const CANCEL_SUBJECT = `${COMMANDS_SUBJECT}.cancel`;

/** Request: a `BulkCancelPreviewRequest`; reply: a `BulkCancelReply`. */
export const BULK_CANCEL_PREVIEW_SUBJECT = `${COMMANDS_SUBJECT}.bulk_cancel.preview`;

/** Request: a `BulkCancelNamedRequest`; reply: a `BulkCancelReply`. */
export const BULK_CANCEL_EXECUTE_SUBJECT = `${COMMANDS_SUBJECT}.bulk_cancel.execute`;

/** Request: a `BulkCancelNamedRequest`; reply: a `BulkCancelReply`. */
export const BULK_CANCEL_ABORT_SUBJECT = `${COMMANDS_SUBJECT}.bulk_cancel.abort`;

/** Request: a `SilencesRequest`; reply: a `SilencesReply`. The watchdog asks. */
export const SILENCES_SUBJECT = `${COMMANDS_SUBJECT}.silences`;

/** Request: a `SealRequest`; reply: a `SealReply`. The sealer asks. */
export const SEAL_SUBJECT = `${COMMANDS_SUBJECT}.seal`;

/** Told to all watchdogs: a `Heartbeats`, tasks that somebody is at work on. */
export const HEARTBEATS_SUBJECT = 'tasks.heartbeats';

/** Request: a `RegisterProjectRequest`; reply: a `RegisterProjectReply`. */
export const REGISTER_PROJECT_SUBJECT = `${COMMANDS_SUBJECT}.projects.register`;

/** Request: nothing; reply: the metrics of a command service in another thread, as text. Nobody answers it on NATS. */
export const METRICS_SUBJECT = 'tasks.metrics';

/** Where publishers that don't wait for an answer leave events: any subject that begins so. */
export const PUBLISH_SUBJECT = 'tasks.publish';

/** The part of it that is for who may report and not cancel. */
export const REPORT_PUBLISH_SUBJECT = `${PUBLISH_SUBJECT}.report`;

/** Where events that can't be appended are kept, followed by why. */
export const PARKED_SUBJECT = 'tasks.parked';

/** Where the ledger's events come out: followed by project, task and what happened. */
export const FEED_SUBJECT = 'tasks.events';
