import { types } from 'node:util';
import { cutText } from './cut-text.js';
import { jsonForm, OversizeError } from './json-form.js';

/** How long an `error_message` may be, in bytes of its JSON: Taskledger cuts a longer one itself. */
export const ERROR_TEXT_BYTES_MAX = 64 * 1024;

/** How many errors are told of that stand behind one: its causes, and those of an AggregateError. */
const ERRORS_MAX = 30;

/**
 * Says in one text for people what was thrown, whatever it was: an error's message and `code`, the errors of an AggregateError,
 * and its causes (`fetch failed: getaddrinfo ENOTFOUND papers.example`). Never empty, at most 64 KiB, never throws.
 */
export function errorText(thrown: unknown): string {
  return cutText(describe(thrown, new Set()), ERROR_TEXT_BYTES_MAX);
}

/** What kind of error was thrown: its name, or that of its class where it says no other than `Error`; else empty. */
export function errorTypeName(thrown: unknown): string {
  if (!isError(thrown)) return '';
  const name = textIn(thrown, 'name');
  if (name !== '' && name !== 'Error') return name;
  const made = attempt(() => (thrown.constructor as { name?: unknown }).name);
  return typeof made === 'string' && made !== '' && made !== 'Object' ? made : name;
}

/** Where an error came from, at most 64 KiB; empty where that is not known. */
export function errorStack(thrown: unknown): string {
  const stack = isError(thrown) ? textIn(thrown, 'stack') : '';
  return stack === '' ? '' : cutText(bounded(stack), ERROR_TEXT_BYTES_MAX);
}

/** @param told The errors that were told of already: one may be its own cause. */
function describe(thrown: unknown, told: Set<unknown>): string {
  if (typeof thrown === 'string' && thrown !== '') return bounded(thrown);
  if (!isError(thrown)) return told.size === 0 ? `Thrown: ${shown(thrown)}` : shown(thrown);
  told.add(thrown);
  const message = messageOf(thrown);
  const inner = [listed(errorsOf(thrown), told), causeOf(thrown, told)];
  // Who wraps an error often says what it said.
  const news = inner.filter((text) => text !== '' && !message.includes(text));
  const code = codeOf(thrown);
  const isCodeSaid = code === '' || [message, ...news].some((text) => text.includes(code));
  const own = isCodeSaid ? message : message === '' ? code : `${message} (${code})`;
  const text = [own, ...news].filter((part) => part !== '').join(': ');
  return text === '' ? `${textIn(thrown, 'name') || 'Error'} without a message` : text;
}

function listed(errors: readonly unknown[], told: Set<unknown>): string {
  const texts: string[] = [];
  for (const error of errors) {
    if (told.has(error)) continue;
    texts.push(told.size < ERRORS_MAX ? describe(error, told) : 'and so on');
    if (told.size >= ERRORS_MAX) break;
  }
  return texts.join('; ');
}

function causeOf(error: object, told: Set<unknown>): string {
  const cause = read(error, 'cause');
  if (cause === undefined || cause === null || told.has(cause)) return '';
  return told.size < ERRORS_MAX ? describe(cause, told) : 'and so on';
}

/** What an AggregateError stands for; a SuppressedError's two. */
function errorsOf(error: object): readonly unknown[] {
  const name = read(error, 'name');
  if (name === 'SuppressedError') return [read(error, 'error'), read(error, 'suppressed')];
  const isAggregate = attempt(() => error instanceof AggregateError) ?? false;
  if (!isAggregate && name !== 'AggregateError') return [];
  return attempt(() => firstOf(read(error, 'errors'))) ?? [];
}

function firstOf(errors: unknown): readonly unknown[] {
  if (!Array.isArray(errors)) return [];
  const first = (errors as unknown[]).slice(0, ERRORS_MAX);
  const more = errors.length - first.length;
  return more > 0 ? [...first, `and ${more} more`] : first;
}

/** An Error, of whatever realm, or what has a message as one has. */
function isError(thrown: unknown): thrown is object {
  if (typeof thrown !== 'object' || thrown === null) return false;
  if (types.isNativeError(thrown) || attempt(() => thrown instanceof Error) === true) return true;
  return textIn(thrown, 'message') !== '';
}

function messageOf(error: object): string {
  const message = read(error, 'message');
  if (message === undefined || message === null || message === '') return '';
  return typeof message === 'string' ? bounded(message) : shown(message);
}

/** `ENOENT`, or a number such as a program's exit code. That of a DOMException only repeats its name. */
function codeOf(error: object): string {
  const code = read(error, 'code');
  if (typeof code === 'string') return code.slice(0, 100);
  if (typeof code !== 'number') return '';
  const tag = attempt(() => Object.prototype.toString.call(error));
  return tag === '[object DOMException]' ? '' : String(code);
}

/** A value as JSON, or as near to it as can be. */
function shown(value: unknown): string {
  try {
    const form = jsonForm(value, ERROR_TEXT_BYTES_MAX);
    const isPlain = typeof form !== 'string' || typeof value === 'string';
    return isPlain ? String(JSON.stringify(form)) : form;
  } catch (error) {
    if (error instanceof OversizeError) return `something large (${error.bytesMax} bytes of JSON or more)`;
    throw error;
  }
}

/** No longer than it can be told; of a longer one it shows that there was more. */
function bounded(text: string): string {
  return text.slice(0, ERROR_TEXT_BYTES_MAX + 1);
}

function textIn(object: object, name: string): string {
  const value = read(object, name);
  return typeof value === 'string' ? value : '';
}

/** A member; `undefined` where it can't be read. */
function read(object: object, name: string): unknown {
  return attempt(() => (object as Record<string, unknown>)[name]);
}

function attempt<Value>(ask: () => Value): Value | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
