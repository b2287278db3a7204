import type { Metrics } from './metrics.js';

/** What is shown of a watchdog. */
export interface WatchedWatchdog {
  status(): {
    tasks: number;
    silentTasks: number;
    hears: boolean;
    heartbeats: number;
    unknownHeartbeats: number;
  };
}

/** Shows what a watchdog watches and hears. */
export function watchWatchdog(metrics: Metrics, watchdog: WatchedWatchdog): void {
  metrics.gauge('taskledger_watchdog_tasks', 'Running tasks with a promise that this process watches', () => {
    return watchdog.status().tasks;
  });
  metrics.gauge('taskledger_watchdog_silent_tasks', 'Those of them that are silent', () => {
    return watchdog.status().silentTasks;
  });
  metrics.gauge('taskledger_watchdog_hears', '1 while this process hears heartbeats', () => {
    return watchdog.status().hears ? 1 : 0;
  });
  metrics.counter('taskledger_heartbeats_total', 'Heartbeats of tasks that this process watches', () => {
    return watchdog.status().heartbeats;
  });
  metrics.counter(
    'taskledger_unknown_heartbeats_total',
    'Heartbeats of tasks that do not run, or have no promise, as far as this process knows',
    () => watchdog.status().unknownHeartbeats,
  );
}
