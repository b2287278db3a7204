import { describe, expect, it } from '@jest/globals';
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import * as fc from 'fast-check';
import {
  AUTHENTICATED_BY_HEADER,
  callerOf,
  PRINCIPAL_HEADER,
  RIGHTS_HEADER,
  setCaller,
} from '../../../shared/adapters/nats/caller-headers.js';
import { ANONYMOUS_CALLER, isPrincipal, RIGHTS, type Caller } from '../../../shared/core/contracts/caller.js';
import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import {
  BULK_CANCEL_EXECUTE_SUBJECT,
  CANCEL_SUBJECT,
  INGEST_SUBJECT,
  REPORT_SUBJECT,
  serviceIngestSubject,
} from '../../../shared/core/contracts/subjects.js';

const OWN_SUBJECTS = [INGEST_SUBJECT, CANCEL_SUBJECT, BULK_CANCEL_EXECUTE_SUBJECT, serviceIngestSubject('a')];
const REPORTS = [
  REPORT_SUBJECT,
  'tasks.publish.report',
  'tasks.publish.report.mine',
  'tasks.publish.report.a.b',
];
const PUBLISHED = [
  'jobs.x',
  'tasks.other',
  'tasks.publish.mine',
  'tasks.publish.reports',
  'tasks.publish.a.report.b',
];

/** Headers as they come out of a message: through the bytes. */
function sent(said: [name: string, value: string][]): MsgHdrs {
  const made = headers() as MsgHdrs & { encode(): Uint8Array };
  for (const [name, value] of said) made.append(name, value);
  return (made.constructor as unknown as { decode(bytes: Uint8Array): MsgHdrs }).decode(made.encode());
}

const principals = fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }).filter(isPrincipal);
const callers: fc.Arbitrary<Caller> = fc.record({
  principal: fc.oneof(fc.constant('anonymous'), principals),
  authenticatedBy: fc.constantFrom('none', 'token', 'oidc-2'),
  rights: fc.shuffledSubarray([...RIGHTS]),
});
const values = fc.oneof(
  principals,
  fc.constantFrom(
    '',
    'cancel',
    'cancel,cancel',
    'publish, cancel, read',
    'read,publish',
    '*',
    'all',
    'token',
    'none',
  ),
);
const names = fc
  .constantFrom(PRINCIPAL_HEADER, AUTHENTICATED_BY_HEADER, RIGHTS_HEADER, 'Ce-Id', 'Nats-Msg-Id')
  .chain((name) => fc.constantFrom(name, name.toLowerCase(), name.toUpperCase()));
const anyHeaders = fc.array(fc.tuple(names, values), { maxLength: 6 });

describe('who asks, in the headers of a message', () => {
  it('is read as it was said, where our own processes ask', () => {
    fc.assert(
      fc.property(callers, fc.constantFrom(...OWN_SUBJECTS), (caller, subject) => {
        const made = headers();
        setCaller(made, caller);
        const rights = RIGHTS.filter((right) => caller.rights.includes(right));
        expect(callerOf(sent([...made].map(([name, [value = '']]) => [name, value])), subject)).toEqual({
          ...caller,
          rights,
        });
      }),
    );
  });

  it('costs no header where it is the anonymous caller', () => {
    const made = headers();
    setCaller(made, ANONYMOUS_CALLER);
    expect([...made]).toEqual([]);
  });

  it('is the anonymous caller with the rights of the subject, where nothing is said', () => {
    for (const subject of [...OWN_SUBJECTS, ...PUBLISHED]) {
      expect(callerOf(undefined, subject)).toEqual(ANONYMOUS_CALLER);
      expect(callerOf(sent([['ce-id', '1']]), subject)).toEqual(ANONYMOUS_CALLER);
    }
    for (const subject of REPORTS)
      expect(callerOf(undefined, subject)).toEqual({ ...ANONYMOUS_CALLER, rights: ['publish'] });
  });

  it('never has a right that the subject has not, nor one that it says it has not, whatever it says', () => {
    fc.assert(
      fc.property(anyHeaders, fc.constantFrom(...OWN_SUBJECTS, ...REPORTS, ...PUBLISHED), (said, subject) => {
        let caller: Caller;
        try {
          caller = callerOf(sent(said), subject);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidRequestError);
          return;
        }
        const most = callerOf(undefined, subject).rights;
        const named = said.find(([name]) => name.toLowerCase() === RIGHTS_HEADER.toLowerCase())?.[1];
        for (const right of caller.rights) {
          expect(most).toContain(right);
          if (named !== undefined) expect(named).toContain(right);
        }
        if (REPORTS.includes(subject)) expect(caller.rights).not.toContain('cancel');
        if (!OWN_SUBJECTS.includes(subject)) expect(caller.authenticatedBy).toBe('none');
      }),
      { numRuns: 1_000 },
    );
  });

  it.each<[string, [string, string][], string]>([
    ['an empty principal', [[PRINCIPAL_HEADER, '']], PRINCIPAL_HEADER],
    ['a long principal', [[PRINCIPAL_HEADER, 'x'.repeat(257)]], '1 to 256 characters'],
    ['a principal with a control character', [[PRINCIPAL_HEADER, 'a\tb']], 'control characters'],
    [
      'two principals',
      [
        [PRINCIPAL_HEADER, 'ana'],
        ['taskledger-principal', 'ben'],
      ],
      'there once',
    ],
    ['no word', [[AUTHENTICATED_BY_HEADER, 'a b']], '1 to 32 lower-case letters'],
    ['an unknown right', [[RIGHTS_HEADER, 'publish,admin']], 'some of publish, cancel, read'],
    ['a right in capitals', [[RIGHTS_HEADER, 'CANCEL']], RIGHTS_HEADER],
    ['an empty right', [[RIGHTS_HEADER, 'publish,']], RIGHTS_HEADER],
    ['a long list of rights', [[RIGHTS_HEADER, 'read,'.repeat(99) + 'read']], RIGHTS_HEADER],
    [
      'two lists of rights',
      [
        [RIGHTS_HEADER, 'publish'],
        [RIGHTS_HEADER, 'cancel'],
      ],
      'there once',
    ],
  ])('is refused, with what is allowed, for %s', (_, said, message) => {
    expect(() => callerOf(sent(said), INGEST_SUBJECT)).toThrow(InvalidRequestError);
    expect(() => callerOf(sent(said), INGEST_SUBJECT)).toThrow(message);
    expect(() => callerOf(sent(said), INGEST_SUBJECT)).toThrow(/^The header Taskledger-/);
  });

  it('has no rights at all where it says an empty list of them', () => {
    expect(callerOf(sent([[RIGHTS_HEADER, '']]), INGEST_SUBJECT).rights).toEqual([]);
  });
});
