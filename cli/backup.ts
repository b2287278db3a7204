import { existsSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { copyLog } from '../shared/adapters/embedded/event-log/copy-log.js';
import { EmbeddedEventStore } from '../shared/adapters/embedded/event-store/embedded-event-store.js';
import { CorruptStoreError, InvalidSettingError } from '../shared/core/contracts/errors.js';
import type { Settings } from '../shared/runtime/settings.js';
import { verify } from './verify.js';

/** Where the ledger stands in a data folder, and in a backup of it. */
const LEDGER = 'ledger';

/** What verifying makes beside the segments, and no backup needs. */
const DERIVED = ['index', 'end', 'lock'];

/**
 * Copies the embedded ledger into a folder, also while Taskledger writes to it, and verifies the copy. The read model is not
 * copied: it follows from the ledger.
 *
 * @throws InvalidSettingError for a ledger on an engine, which has backups of its own, and a folder that is not empty.
 */
export async function backup(settings: Settings, folder: string): Promise<boolean> {
  checkEmbedded(settings);
  return copyVerified(settings, settings.dataDir, resolve(folder), DERIVED);
}

/**
 * Puts a backup in the place of a ledger that is not there, verified. A read model that was made from another ledger, or from
 * a later state of this one, is built again when Taskledger starts.
 *
 * @throws InvalidSettingError when there is a ledger in the data folder, or none in the backup.
 */
export async function restore(settings: Settings, folder: string): Promise<boolean> {
  checkEmbedded(settings);
  const from = resolve(folder);
  if (!existsSync(join(from, LEDGER))) throw new InvalidSettingError(`There is no backup in ${from}`);
  return copyVerified(settings, from, settings.dataDir);
}

async function copyVerified(
  settings: Settings,
  from: string,
  to: string,
  leaves: readonly string[] = [],
): Promise<boolean> {
  const target = join(to, LEDGER);
  if (existsSync(target))
    throw new InvalidSettingError(`There is a ledger in ${to} already: it is left as it is`);
  // Under another name until it is verified, so that nobody takes half of it for the whole.
  const draft = join(to, '.copying');
  try {
    const copy = await copyLog(join(from, LEDGER), join(draft, LEDGER), (done, of) => {
      process.stderr.write(`${done} of ${of} files\n`);
    });
    // Opening it to write makes the index that verifying needs.
    await (await EmbeddedEventStore.open(join(draft, LEDGER))).close();
    process.stdout.write(`${copy.position} events copied to ${target}\n`);
    if (!(await verify({ ...settings, dataDir: draft }))) {
      throw new CorruptStoreError(`The copy does not verify, and is not kept; look at the ledger in ${from}`);
    }
    for (const name of leaves) rmSync(join(draft, LEDGER, name), { recursive: true, force: true });
    renameSync(join(draft, LEDGER), target);
    return true;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function checkEmbedded({ eventStoreUrl }: Settings): void {
  if (eventStoreUrl === undefined) return;
  throw new InvalidSettingError(
    'EVENT_STORE_URL is set: a ledger on KurrentDB is backed up by its own means (docs/deployment.md)',
  );
}
