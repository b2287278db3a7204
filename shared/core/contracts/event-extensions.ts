import { InvalidRequestError } from './errors.js';

/** How many extensions an event may have. */
export const EXTENSIONS_MAX = 32;
/** How long the value of one may be. */
export const EXTENSION_CHARACTERS_MAX = 1024;
/** What one may be called. */
export const EXTENSION_NAME = /^[a-z0-9]{1,64}$/;

/**
 * The extension attributes of a CloudEvent, in their canonical string form.
 *
 * @param known The members of an event that are no extensions.
 * @throws InvalidRequestError that names the member and what is allowed.
 */
export function extensionsOf(
  event: Record<string, unknown>,
  known: ReadonlySet<string>,
): Record<string, string> {
  const extensions: Record<string, string> = {};
  let count = 0;
  for (const name of Object.keys(event)) {
    const value = event[name];
    if (known.has(name) || value === null) continue;
    if (!EXTENSION_NAME.test(name)) {
      throw new InvalidRequestError(
        `Unknown member ${JSON.stringify(name)}; an extension is named with a-z and 0-9`,
      );
    }
    const isInt = typeof value === 'number' && Number.isInteger(value);
    if (typeof value !== 'string' && typeof value !== 'boolean' && !isInt) {
      throw new InvalidRequestError(`${name}: an extension must be a string, a boolean or an int`);
    }
    const text = String(value);
    if (text.length > EXTENSION_CHARACTERS_MAX) {
      throw new InvalidRequestError(
        `${name}: an extension has at most ${EXTENSION_CHARACTERS_MAX} characters`,
      );
    }
    if (++count > EXTENSIONS_MAX)
      throw new InvalidRequestError(`An event has at most ${EXTENSIONS_MAX} extensions`);
    extensions[name] = text;
  }
  return extensions;
}
