/** Ends the program: with its message as the one line on stderr, and with its exit code. */
export class ExitError extends Error {
  constructor(
    message: string,
    /** One of `exit-codes.ts`. */
    readonly exitCode: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
