import { cancelChain } from './cancel-chain.js';
import type { CheckedReads } from './checked-events.js';
import { listAttempts } from './list-attempts.js';

/** What can be asked for in a detail that is read from the ledger, and how: in the order in which it follows all else. */
const LEDGER_MEMBERS = {
  attempts: listAttempts,
  cancel: cancelChain,
} satisfies Record<string, (reads: CheckedReads, taskId: number) => Promise<unknown>>;

/** The name of such a member. */
export type LedgerInclude = keyof typeof LEDGER_MEMBERS;

/** All of them. */
export const LEDGER_INCLUDES = Object.keys(LEDGER_MEMBERS) as LedgerInclude[];

/**
 * A detail with members from the ledger at its end.
 *
 * @param taskJson The detail as far as the read model has it.
 * @param includes What is asked for; other names are passed over.
 * @throws BrokenStreamError when the task's record does not verify.
 */
export async function withLedgerIncludes(
  taskJson: string,
  includes: readonly string[],
  reads: CheckedReads,
  taskId: number,
): Promise<string> {
  let json = taskJson;
  for (const name of LEDGER_INCLUDES) {
    if (!includes.includes(name)) continue;
    json = `${json.slice(0, -1)},"${name}":${JSON.stringify(await LEDGER_MEMBERS[name](reads, taskId))}}`;
  }
  return json;
}
