import { useEffect, useRef, useState } from 'preact/hooks';
import { NO_DETAIL, TaskDetailFeed, type TaskDetailState } from './task-detail-feed.js';

/** One task, kept up to date. */
export function useTaskDetail(id: number): TaskDetailState & { refresh: () => void } {
  const [shown, setShown] = useState({ id, state: NO_DETAIL });
  const feed = useRef<TaskDetailFeed | undefined>(undefined);
  useEffect(() => {
    const current = new TaskDetailFeed(id, (state) => setShown({ id, state }));
    feed.current = current;
    void current.follow();
    return () => current.close();
  }, [id]);
  return { ...(shown.id === id ? shown.state : NO_DETAIL), refresh: () => void feed.current?.refresh() };
}
