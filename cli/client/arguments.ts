import { InvalidArgumentError } from 'commander';

/** Reads an int of an option or an argument. @throws InvalidArgumentError that says which are allowed. */
export function intFrom(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`It must be an int from ${min} to ${max}.`);
    return value;
  };
}

/** Reads the id of a task. */
export const taskIdFrom = intFrom(1, Number.MAX_SAFE_INTEGER);

/** Reads the id of a project. */
export const projectIdFrom = intFrom(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);

/** Reads a JSON object, and keeps it as it was written. @throws InvalidArgumentError */
export function jsonObjectFrom(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`It must be JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidArgumentError('It must be a JSON object.');
  return text;
}

/** Keeps each value of an option that may be given several times. */
export function collected(text: string, before: string[] = []): string[] {
  return [...before, text];
}
