/**
 * What a promise comes to, if it does within a time. Else whatever is behind it is left to itself.
 *
 * @param ms The time, in milliseconds.
 * @param tooLate Called when the time is over; what it answers is thrown.
 */
export async function within<Value>(
  promise: Value | Promise<Value>,
  ms: number,
  tooLate: () => Error,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLate()), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
