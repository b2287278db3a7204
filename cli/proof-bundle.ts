import { NodeCrypto } from '../shared/adapters/node/node-crypto.js';
import { checkProof } from '../shared/core/application/seals/check-proof.js';
import { proveTask } from '../shared/core/application/seals/prove-task.js';
import { InvalidSettingError } from '../shared/core/contracts/errors.js';
import { describeIssue } from '../shared/core/contracts/issues.js';
import { verifierKeyText } from '../shared/core/contracts/note-keys.js';
import { PROOF_BYTES_MAX, taskProofSchema, type TaskProof } from '../shared/core/contracts/task-proof.js';
import { Lifecycle } from '../shared/runtime/lifecycle.js';
import { createLogger } from '../shared/runtime/observability/logger.js';
import type { Settings } from '../shared/runtime/settings.js';
import { openEventStore } from './engines.js';
import { keyFrom, readKeptSeals, textOf } from './kept-seals.js';

/** The text of a bundle that proves what is on record of a task. */
export async function bundleOf(
  settings: Settings,
  taskId: number,
  olderFile: string | undefined,
): Promise<string> {
  const older = olderFile === undefined ? undefined : await newestIn(olderFile);
  const logger = createLogger(settings);
  const lifecycle = new Lifecycle(logger);
  try {
    const store = await openEventStore({ settings, lifecycle, logger }, { readOnly: true });
    const proof = await proveTask({ store, crypto: new NodeCrypto(), taskId, older });
    return `${JSON.stringify(proof, undefined, 1)}\n`;
  } finally {
    await lifecycle.stop();
  }
}

/**
 * Checks a bundle, and says on stdout what it proves, or what is wrong.
 *
 * @returns Whether it proves something.
 * @throws InvalidSettingError when a file or a key can't be read.
 */
export async function checkBundle(
  file: string,
  keyTexts: readonly string[],
  olderFile: string | undefined,
): Promise<boolean> {
  const keys = keyTexts.map(keyFrom);
  const proof = readBundle(await textOf(file, PROOF_BYTES_MAX), file);
  const older = olderFile === undefined ? undefined : await newestIn(olderFile);
  const checked = checkProof(proof, keys, new NodeCrypto(), older);
  if (checked.fault !== undefined) {
    process.stdout.write(`${checked.fault}\n`);
    return false;
  }
  const { checkpoint, key, events, olderSize } = checked;
  const continued = olderSize === undefined ? '' : `, and continues the seal over ${olderSize}`;
  process.stdout.write(
    `Task ${proof.task_id}: ${events} events are under the seal of ${checkpoint.origin} over ${checkpoint.size} events, ` +
      `signed by ${verifierKeyText(key)}${continued}\n`,
  );
  return true;
}

/** The seal in a file that covers most. */
async function newestIn(file: string): Promise<string> {
  return ((await readKeptSeals(file)).at(-1) as { note: string }).note;
}

function readBundle(text: string, file: string): TaskProof {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new InvalidSettingError(`${file} is no JSON`);
  }
  const { success, data, error } = taskProofSchema.safeParse(json);
  if (!success) throw new InvalidSettingError(`${file} is no bundle: ${describeIssue(error)}`);
  return data;
}
