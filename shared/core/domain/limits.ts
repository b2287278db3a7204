/** How many progressed events of a task are remembered for recognising repeats. */
export const REMEMBERED_PROGRESS_EVENTS_MAX = 256;

/**
 * How many events a task may have before further starts and progress are refused; a final event is always taken. It
 * bounds what has to be read to know a task.
 */
export const TASK_EVENTS_MAX = 100_000;

/** How many refused events are kept in full for a task; beyond it they are only counted. */
export const TASK_EVIDENCE_MAX = 1_000;

/** The largest event that is stored, in bytes of its JSON. */
export const STORED_EVENT_BYTES_MAX = 256 * 1024;

/** The longest key a publisher may give a task, in bytes of UTF-8. */
export const TASK_KEY_BYTES_MAX = 512;

/** How many names of one kind the ledger registers for good: types of tasks, those of the settings included. */
export const REGISTERED_NAMES_MAX = 10_000;

/** The most tasks that one bulk cancel takes. Their ids, of 16 digits at most, fit into one stored event. */
export const BULK_CANCEL_TASKS_MAX = 10_000;
