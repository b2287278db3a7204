import { useEffect, useState } from 'preact/hooks';

const watchers = new Set<(nowMs: number) => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** The time, new each second as long as `running`; one timer serves all that show it. */
export function useSeconds(running = true): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return undefined;
    setNowMs(Date.now());
    watchers.add(setNowMs);
    timer ??= setInterval(() => {
      const now = Date.now();
      for (const watcher of watchers) watcher(now);
    }, 1000);
    return () => {
      watchers.delete(setNowMs);
      if (watchers.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  }, [running]);
  return nowMs;
}
