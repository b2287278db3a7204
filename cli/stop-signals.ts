/** What asks the program to end: a supervisor, the keyboard, and a terminal or a connection that is closed. */
const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Calls `stop` with the first of these signals; more of them change nothing. */
export function onStopSignal(stop: () => void): void {
  let asked = false;
  const once = (): void => {
    if (asked) return;
    asked = true;
    stop();
  };
  for (const signal of STOP_SIGNALS) process.on(signal, once);
}
