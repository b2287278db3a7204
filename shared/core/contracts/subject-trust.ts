import { RIGHTS, UNCHECKED, type Caller, type Right } from './caller.js';
import { COMMANDS_SUBJECT, INGEST_SUBJECT, REPORT_PUBLISH_SUBJECT, REPORT_SUBJECT } from './subjects.js';

/** What those have at most who may report and not cancel. */
const REPORT_RIGHTS: readonly Right[] = ['publish'];

/**
 * Who asks, as far as that is believed on the subject that they ask on: NATS says who may send there, and nothing more of
 * them. What is said in a request can take rights away, and never gives one that the subject has not. Only where Taskledger's
 * own processes ask each other is it believed that somebody has checked who it is.
 *
 * @param said Who they say that they are.
 */
export function believedOn<Said extends Caller>(subject: string, said: Said): Said {
  const most = rightsOfPublishers(subject);
  if (most === undefined) return said;
  const rights = said.rights.filter((right) => most.includes(right));
  return { ...said, authenticatedBy: UNCHECKED, rights };
}

/** What can be had at most on a subject; `undefined` for one on which our own processes ask. */
function rightsOfPublishers(subject: string): readonly Right[] | undefined {
  if (subject === REPORT_SUBJECT || isAtOrUnder(REPORT_PUBLISH_SUBJECT, subject)) return REPORT_RIGHTS;
  return subject === INGEST_SUBJECT || isAtOrUnder(COMMANDS_SUBJECT, subject) ? undefined : RIGHTS;
}

function isAtOrUnder(root: string, subject: string): boolean {
  return subject === root || subject.startsWith(`${root}.`);
}
