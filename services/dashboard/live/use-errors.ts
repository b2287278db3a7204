import { useEffect, useRef, useState } from 'preact/hooks';
import { getErrors } from '../api/client.js';
import { ErrorsFeed, LOADING_ERRORS, type ErrorsState } from './errors-feed.js';

/** What the errors show, and what can be done with them. */
export interface ShownErrors {
  state: ErrorsState;
  /** The filter has changed, and what is shown is still that of the one before. */
  changing: boolean;
  retryNow: () => void;
}

/** The errors of a filter and time, kept up to date. Until a new filter's are there, those of the former one stay. */
export function useErrors(query: string, visible: boolean): ShownErrors {
  const [shown, setShown] = useState({ state: LOADING_ERRORS, query });
  const feed = useRef<ErrorsFeed | undefined>(undefined);
  useEffect(() => {
    const deps = { getErrors, nowMs: () => Date.now() };
    const current = new ErrorsFeed(new URLSearchParams(query), deps, (state) => setShown({ state, query }));
    feed.current = current;
    void current.load();
    return () => current.close();
  }, [query]);
  useEffect(() => feed.current?.setVisible(visible), [visible, query]);
  const retryNow = (): void => void feed.current?.load();
  return { state: shown.state, changing: shown.query !== query, retryNow };
}
