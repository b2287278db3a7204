import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { withRetries } from '../../clients/typescript/src/retries.js';
import { taskIdFrom } from './arguments.js';
import { askingCommand, type Asking } from './asking-command.js';
import { jsonLine } from './printable.js';

interface CancelOptions {
  reason?: string;
  actor?: string;
}

/** `taskledger cancel`. */
export function addCancel(program: Command): void {
  const command = program
    .command('cancel')
    .description('cancel a pending or running task')
    .argument('<id>', "the task's id", taskIdFrom)
    .option('--reason <text>', 'why; it goes on record')
    .option('--actor <name>', 'who wants it; recorded as said');
  askingCommand(command, 'the id and the state', cancel);
}

async function cancel({ http, retry, out, options }: Asking<CancelOptions>, id: number): Promise<void> {
  const { reason, actor } = options;
  // By the key, a cancel whose answer got lost is answered again as the first time.
  const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
  const body = JSON.stringify({ reason, actor });
  await withRetries(retry, () => http.data('POST', `/api/v1/tasks/${id}/cancel`, body, headers));
  await out.lines(out.asJson ? jsonLine({ id, status: 'cancelled' }) : `Task ${id} is cancelled`);
}
