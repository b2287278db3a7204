import type { MsgHdrs } from '@nats-io/transport-node';
import type { MessageHeaders } from '../../core/contracts/binary-event.js';
import {
  ANONYMOUS_CALLER,
  CHECK_NAME_FORM,
  isCheckName,
  isPrincipal,
  PRINCIPAL_FORM,
  RIGHTS,
  type Caller,
  type Right,
} from '../../core/contracts/caller.js';
import { InvalidRequestError } from '../../core/contracts/errors.js';
import { believedOn } from '../../core/contracts/subject-trust.js';
import { lowerCased } from './wire.js';

/** Who asks, as UTF-8; without it `anonymous`. */
export const PRINCIPAL_HEADER = 'Taskledger-Principal';

/** How that was checked; without it `none`. */
export const AUTHENTICATED_BY_HEADER = 'Taskledger-Authenticated-By';

/** What they may do, with commas between; an empty one is nothing at all. Without it, what the subject gives. */
export const RIGHTS_HEADER = 'Taskledger-Rights';

/** Long enough for each right that there is, with a space after each comma. */
const RIGHTS_CHARACTERS_MAX = RIGHTS.join(', ').length;

/**
 * Who has sent a message, as far as it is believed on its subject; without headers the anonymous caller, with the rights of
 * the subject.
 *
 * @throws InvalidRequestError that names a header and what it must be.
 */
export function callerOf(headers: MsgHdrs | undefined, subject: string): Caller {
  return believedOn(subject, headers === undefined ? ANONYMOUS_CALLER : saidIn(headers));
}

/** Says who asks, as far as it is not the anonymous caller. */
export function setCaller(headers: MsgHdrs, { principal, authenticatedBy, rights }: Caller): void {
  const usual = ANONYMOUS_CALLER;
  if (principal !== usual.principal) headers.set(PRINCIPAL_HEADER, principal);
  if (authenticatedBy !== usual.authenticatedBy) headers.set(AUTHENTICATED_BY_HEADER, authenticatedBy);
  if (rights.length !== usual.rights.length) headers.set(RIGHTS_HEADER, rights.join(','));
}

function saidIn(headers: MsgHdrs): Caller {
  const byName = lowerCased(headers);
  const principal = textIn(byName, PRINCIPAL_HEADER) ?? ANONYMOUS_CALLER.principal;
  if (!isPrincipal(principal)) throw badHeader(PRINCIPAL_HEADER, PRINCIPAL_FORM);
  const authenticatedBy = textIn(byName, AUTHENTICATED_BY_HEADER) ?? ANONYMOUS_CALLER.authenticatedBy;
  if (!isCheckName(authenticatedBy)) throw badHeader(AUTHENTICATED_BY_HEADER, CHECK_NAME_FORM);
  const named = textIn(byName, RIGHTS_HEADER);
  const rights = named === undefined ? ANONYMOUS_CALLER.rights : rightsIn(named);
  if (rights === undefined)
    throw badHeader(RIGHTS_HEADER, `some of ${RIGHTS.join(', ')}, with commas between`);
  return { principal, authenticatedBy, rights };
}

/** @throws InvalidRequestError when it is there more than once: who reads the other one would be told something else. */
function textIn(byName: MessageHeaders, name: string): string | undefined {
  const values = byName[name.toLowerCase()];
  if (values !== undefined && values.length > 1) throw badHeader(name, 'there once');
  return values?.[0];
}

function badHeader(name: string, allowed: string): InvalidRequestError {
  return new InvalidRequestError(`The header ${name} must be ${allowed}`);
}

/** The rights that a text names, each once; `undefined` for anything else. */
function rightsIn(text: string): readonly Right[] | undefined {
  if (text.length > RIGHTS_CHARACTERS_MAX) return undefined;
  const names = text === '' ? [] : text.split(',').map((name) => name.trim());
  const isKnown = names.every((name) => (RIGHTS as readonly string[]).includes(name));
  return isKnown ? RIGHTS.filter((right) => names.includes(right)) : undefined;
}
