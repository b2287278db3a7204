import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';

/** How much room there is: `compact` is too narrow for columns, so that each task is a small card. */
type Room = 'wide' | 'medium' | 'narrow' | 'tight' | 'compact';

/** What of a list is in sight, in pixels. */
export interface Viewport {
  scrollTop: number;
  /** Below the table's head. */
  height: number;
  rowHeight: number;
  room: Room;
  redraw: () => void;
}

/** What the key is given at least, so that its end can be read: it tells tasks from each other. */
const KEY_PX_MIN = 180;
/** What all other columns take where there is so much room, as in `list.css`; the largest first. */
const OTHERS_PX: readonly (readonly [Room, number])[] = [
  ['wide', 896],
  ['medium', 770],
  ['narrow', 632],
  ['tight', 508],
];
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
  const [room] = OTHERS_PX.find(([, othersPx]) => view.width >= othersPx + KEY_PX_MIN) ?? [
    'compact' as const,
  ];
  const compact = room === 'compact';
  return {
    scrollTop: view.scrollTop,
    height: compact ? view.height : view.height - HEAD_PX,
    rowHeight: compact ? CARD_PX : ROW_PX,
    room,
    redraw: () => setView((before) => ({ ...before })),
  };
}
