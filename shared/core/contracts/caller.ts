/**
 * What somebody may do: `publish` events that don't cancel, `cancel` tasks (by command, by an event `task.cancelled`, many at
 * once), `read` what is recorded.
 */
export const RIGHTS = ['publish', 'cancel', 'read'] as const;

/** One of `RIGHTS`. */
export type Right = (typeof RIGHTS)[number];

/** The principal of who does not say who they are. */
export const ANONYMOUS = 'anonymous';

/** How it was checked who asks, where it was not: a principal is then what somebody says. */
export const UNCHECKED = 'none';

/** Who asks. */
export interface Caller {
  /** Their name: `isPrincipal`. */
  readonly principal: string;
  /** How that was checked: `isCheckName`. */
  readonly authenticatedBy: string;
  /** What they may do, each once. */
  readonly rights: readonly Right[];
}

/** Who asks where nobody has to say so: all are let in, and may do everything. */
export const ANONYMOUS_CALLER: Caller = { principal: ANONYMOUS, authenticatedBy: UNCHECKED, rights: RIGHTS };

const PRINCIPAL_CHARACTERS_MAX = 256;

/** What `isPrincipal` takes, in words. */
export const PRINCIPAL_FORM = `1 to ${PRINCIPAL_CHARACTERS_MAX} characters without control characters, line separators and marks of direction, or space around them`;

/** Whether a text can be who asks: it goes through a header as it stands, and is shown as one line. */
export function isPrincipal(text: string): boolean {
  return (
    text.length <= PRINCIPAL_CHARACTERS_MAX &&
    /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]+$/u.test(text) &&
    text === text.trim()
  );
}

/** What `isCheckName` takes, in words. */
export const CHECK_NAME_FORM = '1 to 32 lower-case letters, digits, - and _, of which the first is a letter';

/** Whether a text can say how it was checked who asks. */
export function isCheckName(text: string): boolean {
  return /^[a-z][a-z0-9_-]{0,31}$/.test(text);
}

/** Whether two are the same one, and may do the same. */
export function isSameCaller(one: Caller, other: Caller): boolean {
  return (
    one === other ||
    (one.principal === other.principal &&
      one.authenticatedBy === other.authenticatedBy &&
      one.rights.length === other.rights.length &&
      one.rights.every((right) => other.rights.includes(right)))
  );
}
