/** The exit code for whatever else goes wrong. */
export const EXIT_FAILURE = 1;

/** The exit code for a setting, an argument, a port, a folder or a limit of the system that can't be used. */
export const EXIT_USAGE = 2;
