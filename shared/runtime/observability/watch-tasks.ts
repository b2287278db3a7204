import { Gauge } from 'prom-client';
import { oldestRunning } from '../../core/application/oldest-running.js';
import { TASK_STATUSES } from '../../core/domain/task.js';
import type { ReadModel } from '../../core/ports/read-model.js';
import type { TaskCounters } from '../../core/ports/task-counters.js';
import type { Metrics } from './metrics.js';

/** Shows of the tasks what the read model says, which every process that has it says alike. */
export function watchTasks(
  metrics: Metrics,
  readModel: Pick<ReadModel, 'list'>,
  counters: Pick<TaskCounters, 'stats'>,
): void {
  new Gauge({
    name: 'taskledger_tasks',
    help: 'Tasks by status, as counted by the read model',
    labelNames: ['status'],
    registers: [metrics.registry],
    async collect() {
      const stats = await counters.stats().catch(() => undefined);
      this.reset();
      for (const status of TASK_STATUSES)
        if (stats !== undefined) this.set({ status }, stats.byStatus[status]);
    },
  });
  const help =
    'Time since the creation of the oldest task that is running, to within a fiftieth; 0 when none is';
  metrics.gauge('taskledger_oldest_running_task_age_seconds', help, async () => {
    const nowMs = Date.now();
    const found = await oldestRunning(readModel, nowMs).catch(() => null);
    if (found === null) return undefined;
    return found === undefined ? 0 : Math.max(0, nowMs - found) / 1000;
  });
}
