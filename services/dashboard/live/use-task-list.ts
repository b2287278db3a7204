import { useEffect, useRef, useState } from 'preact/hooks';
import { listPage, listTasks } from '../api/client.js';
import { openEventStream } from '../api/event-stream.js';
import { TaskListFeed, type FeedDeps } from './task-list-feed.js';
import { LOADING, type TaskListState } from './task-list-state.js';

/** How often a page that is not drawn takes in what happened; a hidden tab draws no pictures. */
const HIDDEN_FRAME_MS = 1000;

const BROWSER: FeedDeps = {
  listTasks,
  listPage,
  openStream: openEventStream,
  onNextFrame(work) {
    if (document.hidden) setTimeout(work, HIDDEN_FRAME_MS);
    else requestAnimationFrame(work);
  },
  nowMs: () => Date.now(),
};

/** What a list shows, and what can be done with it. */
export interface TaskList {
  list: TaskListState;
  /** The filter has changed, and what is shown is still that of the one before. */
  changing: boolean;
  feed: { readonly current: TaskListFeed | undefined };
}

/** The list of a filter, kept up to date. Until a new filter's list is there, that of the former one stays. */
export function useTaskList(query: string, visible: boolean): TaskList {
  const [shown, setShown] = useState({ list: LOADING, query });
  const feed = useRef<TaskListFeed | undefined>(undefined);
  useEffect(() => {
    const current = new TaskListFeed(new URLSearchParams(query), BROWSER, (list) =>
      setShown((before) =>
        list.phase === 'loading' && before.list.phase === 'ready' ? before : { list, query },
      ),
    );
    feed.current = current;
    void current.load();
    return () => current.close();
  }, [query]);
  useEffect(() => feed.current?.setVisible(visible), [visible, query]);
  return { list: shown.list, changing: shown.query !== query, feed };
}
