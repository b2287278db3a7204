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
  framework_message: 'A message of the library Nest. Look at its text.',

  // Requests.
  request_unavailable:
    'A request over HTTP was answered 503 and may be sent again. Look at `reason` or `err`: an engine is unavailable, or a limit was reached.',
  request_failed:
    'A request met an error that nobody has foreseen. Report it with its `err`; other requests go on.',
  requests_not_taken: 'NATS does not let this process take requests. Look at the rights of its user.',
  reply_subject_refused:
    'A request over NATS asked for its answer on a subject of JetStream or of events, and was not carried out. Mend the caller that `subject` and `reply` point to.',
  answer_not_sent:
    'A caller did not get its answer, and will send the request again. Look at the network if it repeats.',
  http_server_failed:
    'The HTTP server met an error. Look at its `err`; start the process again if it no longer answers.',

  // Events on their way into the ledger.
  task_events_not_taken:
    'Events of one task were not recorded, and their publisher was told to send them again. Look at `reason` or `err`.',
  intake_started: 'This process takes in what is left on JetStream from now on. Nothing to do.',
  intake_stalled: 'Nothing is taken in from JetStream for now; it is tried again by itself. Look at NATS.',
  intake_ledger_unavailable:
    'Events from JetStream wait, of all tasks; they are tried again by themselves. Look at the ledger, or at the command services.',
  intake_task_waits:
    'Events of one task wait, since its record can not be read or written; all other tasks go on. Look at the history of that task.',
  message_parked:
    'A message, or an event of it, can never be recorded and was put aside in `TASKS_PARKED`; all others go on. Look at `reason` and mend the publisher.',
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
  ledger_index_rebuilt:
    'The index of the embedded ledger is made again from its log; until then histories and writes may answer 503. Look at the disk if it repeats.',
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
    'The lists or the counts do not go on any more, since too many tasks can not be projected. Report it; start the process again after an update.',
  stream_parked:
    'Events of one task can not be projected and are left out from there on; all other tasks go on. Report it with `stream` and `revision`.',
  stream_unparked: 'A task that was parked is projected again. Nothing to do.',
  event_fed_unreadable:
    'One event was fed as unreadable, since this version can not read it; the feed goes on. Report it with `stream` and `revision`.',
  heartbeat_not_written:
    'A projector could not tell the other processes how far it is. Look at MongoDB if it repeats.',
  read_model_rebuilt:
    'Lists or counts were lost, or not those of this ledger, and are made again from it; they answer 503 until then. Nothing to do, unless it repeats.',
  read_model_mismatch:
    'The lists or the counts were made from another ledger and are not answered from. Look at `EVENT_STORE_URL` and `READ_MODEL_URL`; a projector makes them again.',
  read_model_match_unknown:
    'Whether the read model is of this ledger can not be told for now; it is asked again. Look at both engines.',
  read_model_swapped: 'What `taskledger rebuild` has made serves from now on. Nothing to do.',
  document_repaired:
    'The document of one task was damaged and was made again from the ledger. Look at the disk if it repeats.',

  // Event streams.
  event_streams_stalled:
    'Readers of event streams hear nothing for now; it is tried again by itself. Look at the ledger.',
  event_stream_broken_off:
    'One reader was disconnected after an error, and comes again. Look at its `err` if it repeats.',
  event_not_streamed:
    'One event was left out of the event streams, since this version can not read it. Report it with `stream` and `revision`.',

  // Leases.
  lease_acquired: 'This process does the work from now on that one process does at a time. Nothing to do.',
  lease_taken:
    'Another process has the lease now, and does the work; this one stands by. Look at what kept this process from renewing it, if it repeats.',
  lease_not_renewed:
    'The lease could not be renewed in time, and another process may take it; this one stops its work and tries again. Look at the engine of the lease and at the load of this machine.',
  lease_superseded:
    'Another process has written under a later lease; this one gives up its own and tries again. Nothing to do, unless it repeats.',
  lease_unavailable:
    'The lease can not be asked for, for now; it is tried again. Look at the engine of the lease.',

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
