import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { EventJournal } from './event-journal.js';
import { readJournals, type JournalContent } from './journal-lines.js';
import { isRunning, ownIdentity } from './process-identity.js';

/** The owner of a file that its process has let go of. */
const NOBODY = 'released';
const FILE = /^(.+)\.[0-9a-f-]{36}\.jsonl(\.new)?$/;

/** What earlier processes have left in a folder. */
export interface LeftEvents extends Pick<JournalContent, 'events'> {
  /** Removes the files that they stood in; to be called when they are on disk elsewhere. */
  remove: () => void;
}

/**
 * The folder that the buffers on disk are kept in: a file for each client that uses it, named after its process. The
 * processes that share one must know each other's ids, so each container needs a folder of its own.
 */
export class JournalFolder {
  /** Makes the folder where there is none. @throws what the file system throws. */
  constructor(
    private readonly folder: string,
    private readonly warn: (message: string) => void,
  ) {
    mkdirSync(folder, { recursive: true });
  }

  /** Makes a file for this client. */
  create(): EventJournal {
    return new EventJournal(this.#file(ownIdentity()));
  }

  /** The name under which anyone may take a file up. */
  released(): string {
    return this.#file(NOBODY);
  }

  /**
   * Takes up the files of processes that are gone. Renaming one to a name of this process makes it ours alone, whoever else
   * tries; should this process be killed as well, the next one finds it under that name.
   */
  takeUp(): LeftEvents {
    const files: string[] = [];
    for (const name of readdirSync(this.folder).sort()) {
      const [, owner, half] = FILE.exec(name) ?? [];
      if (owner === undefined || (owner !== NOBODY && isRunning(owner))) continue;
      // It was to take the place of the file beside it, and did not.
      if (half !== undefined) rmSync(join(this.folder, name), { force: true });
      else {
        const claimed = this.#claim(name);
        if (claimed !== undefined) files.push(claimed);
      }
    }
    const { events, damagedLines } = readJournals(files.map((file) => readFileSync(file, 'utf8')));
    if (damagedLines > 0)
      this.warn(`${damagedLines} lines of the buffer in ${this.folder} are damaged and can't be sent`);
    return { events, remove: () => files.forEach((file) => unlinkSync(file)) };
  }

  #claim(name: string): string | undefined {
    const claimed = this.#file(ownIdentity());
    try {
      renameSync(join(this.folder, name), claimed);
      return claimed;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  #file(owner: string): string {
    return join(this.folder, `${owner}.${randomUUID()}.jsonl`);
  }
}
