/**
 * Every line that the program writes to its log, by a name that stays the same while the text beside it may change: what it
 * means, and what to do. `docs/log.md` shows this list.
 */
export const LOG_EVENTS = {
  // The process.
  started: 'All roles of the process are at work. Nothing to do.',
  stop_timed_out:
    'A part did not end in time and was left; nothing that was answered is lost. Report it if it repeats.',
  stop_failed:
    'A part failed while it was stopped; nothing that was answered is lost. Report it with its `err`.',
  command_thread_failed:
    'The thread that writes to the ledger has failed, and the process ends with 1. Have it started again; report its `err`.',
  log_lines_dropped:
    'Lines were lost, since whoever reads the log is too slow. Look at what reads it, or log less.',
  framework_message: 'A message of NestJS, on which the command service runs. Report it if it is an error.',

  // Requests.
  request_unavailable:
    'A request over HTTP was answered 503 and may be sent again. Look at `reason` or `err`: an engine is unavailable, or a limit was reached.',
  request_failed:
    'A request met an error that nobody has foreseen. Report it with its `err`; other requests go on.',
  requests_not_taken:
    "NATS refuses this process's subscription to `subject`. Give the user of `NATS_URL` or `NATS_CREDS` the right to subscribe to it.",
  reply_subject_refused:
    'A request over NATS was not carried out, since its reply subject (`reply`) is one that Taskledger or JetStream uses. Mend the caller.',
  answer_not_sent:
    'A caller did not get its answer, and may send the request again. Look at the network if it repeats.',
  http_server_failed:
    'The HTTP server had an error while running. If `/health/live` no longer answers, start the process again; report its `err`.',

  // Events on their way into the ledger.
  task_events_not_taken:
    'Events of one task were not recorded, and their publisher was told to send them again. Look at `reason` or `err`.',
  intake_started: 'This process takes in what is left on JetStream from now on. Nothing to do.',
  intake_stalled:
    'This process takes in nothing from JetStream for now, and tries again. Look at the text: NATS is unavailable, or another process took over.',
  intake_ledger_unavailable:
    'Events from JetStream wait and are tried again. Look at the ledger; if it is well, at the other command services.',
  intake_task_waits:
    'Events of one or more tasks wait, since their records can not be read or written; other tasks go on. After a minute they are put aside (`message_parked`). Look at the history of `task`.',
  message_parked:
    'A message, or an event of it, was not recorded and was put aside in `TASKS_PARKED`; all others go on. Look at `code` and `reason`, mend the cause, and publish it again to its subject.',
  bulk_cancel_stalled: 'A bulk cancel waits for the ledger, and goes on by itself. Look at the ledger.',
  bulk_cancel_failed:
    'A bulk cancel was given up in this process. Report its `err`; asking for its execution again has it go on.',
  bulk_cancel_task_unreadable:
    'One task of a bulk cancel could not be read and stays as it is; the others are cancelled. Look at the history of that task.',

  // The ledger.
  ledger_tail_cut:
    'The end of the embedded ledger was a commit that was never finished, as after a crash, and was cut off; nothing of it had been answered. Nothing to do.',
  ledger_damaged:
    'A part of the embedded ledger is not what was written; everything else goes on. Run `taskledger verify`, look at the disk, and consider the backup.',
  ledger_index_rebuild_started:
    'The index of the embedded ledger is being made again from its log; until then histories and writes may answer 503. Look at the disk if it repeats.',
  ledger_index_in_memory:
    'The disk is full, and the index of the ledger is held in memory. Make room on the disk.',
  ledger_replaced:
    'Another ledger, or an older copy, is there than before; what this process had loaded was dropped, and it goes on with the one that is there. Make sure that this is meant.',
  ledger_identity_unknown:
    'Which ledger is there can not be told for now; it is asked again. Look at the ledger.',

  // Lists, counts and the feed.
  projector_stalled:
    'The lists, the counts or the feed do not go on for now; it is tried again by itself. Look at the engine that the text names.',
  projector_ended:
    'The lists or the counts do not go on any more, since too many tasks can not be projected. Report it with the text; install a version that can read them, and start the process again.',
  stream_parked:
    'Events of one task can not be projected and are left out from there on: the lists show it as it was before; all other tasks go on. Report it with `stream` and `revision`.',
  stream_unparked: 'A task that was parked is projected again. Nothing to do.',
  event_fed_unreadable:
    "One event was fed as unreadable, since it is a newer version's or damaged (see the text); the feed goes on. Report it with `stream` and `revision`.",
  heartbeat_not_written:
    'A projector could not tell the other processes how far it is. Look at MongoDB if it repeats.',
  read_model_rebuild_started:
    'Lists or counts were lost, or not those of this ledger, and are being made again from it; they answer 503 until then. Nothing to do, unless it repeats.',
  read_model_mismatch:
    'The lists or the counts were made from another ledger and are not answered from. Look at `EVENT_STORE_URL` and `READ_MODEL_URL`; a projector makes them again.',
  read_model_match_unknown:
    'Whether the read model is of this ledger can not be told for now; it is asked again. Look at both engines.',
  read_model_swapped: 'What `taskledger rebuild` has made serves from now on. Nothing to do.',
  document_repaired:
    'The document of one task was damaged and was made again from the ledger. Look at the disk if it repeats.',

  // The watchdog.
  watchdog_full:
    'There are more running tasks with a promise to be heard of than are watched; the others are not, until one of these ends. Fewer tasks need the promise, or it is time to report it.',
  watchdog_stalled:
    'That tasks went silent, or are heard of again, can not be recorded for now; it is tried again by itself. Look at `reason` or `err`, and at the command services.',
  heartbeat_refused: 'A message on `tasks.heartbeats` was not taken; `reason` says why. Mend who sends it.',

  // Seals.
  seal_not_recorded:
    'The ledger could not be sealed for now; it is tried again by itself. Look at `reason` or `err`, and at the command services.',
  seal_not_published:
    'A seal is in the ledger and could not be left at `outlet`; it is tried again until a newer one takes its place. Look at `reason`.',
  seal_key_changed:
    'The last seal is not signed by the key in `SEAL_KEY_FILE`, nor by one whose place that took: the ledger is read anew to be sealed by the new key. If it is not meant, put the key back.',

  // Event streams.
  event_streams_ended:
    'Another ledger is there than before, and readers of event streams begin again. Look at why it was replaced.',
  event_streams_stalled:
    'Readers of event streams hear nothing for now; it is tried again by itself. Look at the ledger.',
  event_stream_broken_off:
    'One reader was disconnected after an error, and comes again. Look at its `err` if it repeats.',
  event_not_streamed:
    "One event was left out of the event streams, since it is a newer version's or damaged (see the text). Report it with `stream` and `revision`.",

  // Leases.
  lease_acquired:
    'From now on this process does the work of `lease`, which one process does at a time. Nothing to do.',
  lease_taken:
    'Another process has the lease now, or its record was removed; this one stands by. If it repeats, look at the load of this machine and at the engine of the lease.',
  lease_not_renewed:
    'The lease could not be renewed in time, and another process may take it; this one stops its work and tries again. Look at the engine of the lease and at the load of this machine.',
  lease_superseded:
    'Another process has already done this work under a greater `epoch`; this one stops and asks for the lease again. If it repeats, compare the clocks of the machines.',
  lease_unavailable:
    'The work under a lease can not be begun for now; it is tried again. Look at the text, and at the engine of the lease.',

  // NATS.
  nats_connected: 'NATS is there, and in use. Nothing to do.',
  nats_unavailable: 'NATS can not be connected to; it is tried again by itself. Look at NATS and `NATS_URL`.',
  nats_connection_lost:
    'The connection to NATS was lost; it is made again by itself. Look at NATS and the network.',
  nats_unfit:
    'The server of NATS is not fit for Taskledger and is not used. Look at the text, and at its configuration.',
  stream_replicas_differ:
    'A stream on JetStream is kept on another number of servers than `NATS_REPLICAS` says. Run the command in the text, or change the setting.',
} as const satisfies Record<string, string>;

/** One of `LOG_EVENTS`. */
export type LogEvent = keyof typeof LOG_EVENTS;
