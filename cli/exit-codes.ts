/** The exit code for whatever else goes wrong. */
export const EXIT_FAILURE = 1;

/** The exit code for a setting, an argument, a port, a folder or a limit of the system that can't be used. */
export const EXIT_USAGE = 2;

/** The exit code when Taskledger can't be reached, or can't answer now. */
export const EXIT_UNREACHABLE = 3;

/** The exit code for a task that there is not. */
export const EXIT_NOT_FOUND = 4;

/** The exit code for what Taskledger refuses as things stand. */
export const EXIT_REFUSED = 5;

/** The exit codes of `watch` for a task that did not complete. */
export const EXIT_TASK_FAILED = 6;
export const EXIT_TASK_CANCELLED = 7;

/** The exit codes of `run` for a command that has not run, those of shells and of `timeout`. */
export const EXIT_NOT_RUN = 125;
export const EXIT_NOT_EXECUTABLE = 126;
export const EXIT_COMMAND_NOT_FOUND = 127;

/** What is added to a signal's number when it has ended a command, as shells do. */
export const EXIT_SIGNAL_BASE = 128;

/** What each exit code means; `docs/cli.md` shows it. */
export const EXIT_MEANINGS: readonly (readonly [code: number | string, meaning: string])[] = [
  [0, 'Done. Of `watch`: the task has completed'],
  [
    EXIT_FAILURE,
    'Something else went wrong. Of `verify`, `replay` and `check`: there is a fault. Of `list --all`: not all are shown',
  ],
  [EXIT_USAGE, 'An option, an argument or a setting is wrong; the line on stderr says what is allowed'],
  [EXIT_UNREACHABLE, 'Taskledger can not be reached, or can not answer now'],
  [EXIT_NOT_FOUND, 'There is no such task'],
  [EXIT_REFUSED, 'Taskledger has refused it: a cancel of a task that is over, or some of the events'],
  [EXIT_TASK_FAILED, 'Of `watch`: the task has failed'],
  [EXIT_TASK_CANCELLED, 'Of `watch`: the task was cancelled'],
  [EXIT_NOT_RUN, 'Of `run`: the command was not run, since Taskledger has refused its task'],
  [EXIT_NOT_EXECUTABLE, 'Of `run`: the command can not be executed'],
  [EXIT_COMMAND_NOT_FOUND, 'Of `run`: there is no such command'],
  [
    `${EXIT_SIGNAL_BASE} + n`,
    'Of `run`: signal n has ended the command (143: SIGTERM, 137: SIGKILL). Any other is its own',
  ],
];
