import { useEffect, useRef, useState } from 'preact/hooks';
import { getHistory, getTask } from '../api/client.js';
import { openEventStream } from '../api/event-stream.js';
import { NO_DETAIL, TaskDetailFeed, type DetailDeps, type TaskDetailState } from './task-detail-feed.js';

const BROWSER: DetailDeps = { getTask, getHistory, openStream: openEventStream, nowMs: () => Date.now() };

/** One task, kept up to date. */
export function useTaskDetail(id: number): TaskDetailState & { loadEarlier: () => void } {
  const [shown, setShown] = useState({ id, state: NO_DETAIL });
  const feed = useRef<TaskDetailFeed | undefined>(undefined);
  useEffect(() => {
    const current = new TaskDetailFeed(id, BROWSER, (state) => setShown({ id, state }));
    feed.current = current;
    void current.follow();
    return () => current.close();
  }, [id]);
  return {
    ...(shown.id === id ? shown.state : NO_DETAIL),
    loadEarlier: () => void feed.current?.loadEarlier(),
  };
}
