import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BenchFigure } from '../figure.js';
import { CHANGES_PER_TASK } from '../lives.js';
import { writtenBytes } from '../process-usage.js';
import type { ServerProcess } from '../server-process.js';
import { keptBytes } from './kept-bytes.js';

const LEDGER_EVENT_BYTES_MAX = 600;
const READ_MODEL_TASK_BYTES_MAX = 800;

/**
 * What a server has written to disk since its start for each byte that it has kept, ledger and read model together; and the
 * bytes kept for an event and for a task, against what they may be.
 *
 * @param tasks As many have lived since the server's start, on an empty folder.
 */
export async function benchBytes(
  { child }: ServerProcess,
  dataDir: string,
  tasks: number,
): Promise<BenchFigure[]> {
  // Files are given their blocks when they are written out.
  await promisify(execFile)('sync');
  const written = await writtenBytes(child.pid);
  const ledger = await keptBytes(join(dataDir, 'ledger'));
  const readModel = await keptBytes(join(dataDir, 'read-model'));
  const kept = ledger + readModel;
  const bytes = (name: string, measured: number, limit: number): BenchFigure => ({
    name,
    ...{ unit: 'bytes', measured, limit, ratio: measured / limit, target: 1, better: 'lower' },
  });
  return [
    {
      name: `Written to disk for what is kept, ledger and read model, ${tasks} tasks`,
      ...{ unit: 'MB', measured: written / 1e6, limit: kept / 1e6 },
      ...{ ratio: written / kept, target: 5, better: 'lower' },
    },
    bytes('Kept in the ledger for an event', ledger / (tasks * CHANGES_PER_TASK), LEDGER_EVENT_BYTES_MAX),
    bytes('Kept in the read model for a task', readModel / tasks, READ_MODEL_TASK_BYTES_MAX),
  ];
}
