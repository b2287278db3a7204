import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';

/** What of a list is in sight, in pixels. */
export interface Viewport {
  scrollTop: number;
  /** Below the table's head. */
  height: number;
  rowHeight: number;
  /** How much room there is: `compact` is too narrow for columns, so that each task is a small card. */
  room: 'wide' | 'medium' | 'narrow' | 'compact';
  redraw: () => void;
}

const COMPACT_BELOW_PX = 600;
const NARROW_BELOW_PX = 880;
const MEDIUM_BELOW_PX = 940;
/** As in `list.css`. */
const ROW_PX = 34;
const CARD_PX = 68;
const HEAD_PX = 32;

/** Follows the scrolling and the size of an element. */
export function useViewport(element: RefObject<HTMLElement | null>): Viewport {
  const [view, setView] = useState({ scrollTop: 0, height: 800, width: 1000 });
  useLayoutEffect(() => {
    const scroller = element.current as HTMLElement;
    const look = (): void =>
      setView({
        scrollTop: scroller.scrollTop,
        height: scroller.clientHeight,
        width: scroller.clientWidth,
      });
    look();
    const observer = new ResizeObserver(look);
    observer.observe(scroller);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const scroller = element.current as HTMLElement;
    const onScroll = (): void => setView((before) => ({ ...before, scrollTop: scroller.scrollTop }));
    scroller.addEventListener('scroll', onScroll, { passive: true });
    return () => scroller.removeEventListener('scroll', onScroll);
  }, []);
  const compact = view.width < COMPACT_BELOW_PX;
  const columns = view.width < NARROW_BELOW_PX ? 'narrow' : view.width < MEDIUM_BELOW_PX ? 'medium' : 'wide';
  return {
    scrollTop: view.scrollTop,
    height: compact ? view.height : view.height - HEAD_PX,
    rowHeight: compact ? CARD_PX : ROW_PX,
    room: compact ? 'compact' : columns,
    redraw: () => setView((before) => ({ ...before })),
  };
}
