import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** How long the pointer may rest on the rows until they may move under it. */
const POINTER_REST_MS = 2_000;

/**
 * Says when nothing may move in the list: it is scrolled, the keyboard is in it, or the pointer is on its way to a row.
 */
export function useHold(
  element: RefObject<HTMLElement | null>,
  scrollTop: number,
  onHold: (hold: boolean) => void,
): void {
  const reasons = useRef({ scrolled: false, pointer: false, keyboard: false });
  const report = useRef<() => void>(() => undefined);
  report.current = () => onHold(Object.values(reasons.current).some(Boolean));

  useEffect(() => {
    reasons.current.scrolled = scrollTop > 0;
    report.current();
  }, [scrollTop > 0, onHold]);

  useEffect(() => {
    const scroller = element.current as HTMLElement;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const set = (change: Partial<typeof reasons.current>): void => {
      Object.assign(reasons.current, change);
      report.current();
    };
    const onMove = (): void => {
      clearTimeout(timer);
      timer = setTimeout(onLeave, POINTER_REST_MS);
      set({ pointer: true });
    };
    const onLeave = (): void => {
      clearTimeout(timer);
      set({ pointer: false });
    };
    const onFocusIn = (event: FocusEvent): void =>
      set({ keyboard: (event.target as HTMLElement).matches('[data-index]:focus-visible') });
    const onFocusOut = (): void => set({ keyboard: false });
    scroller.addEventListener('pointermove', onMove, { passive: true });
    scroller.addEventListener('pointerleave', onLeave);
    scroller.addEventListener('focusin', onFocusIn);
    scroller.addEventListener('focusout', onFocusOut);
    return () => {
      clearTimeout(timer);
      scroller.removeEventListener('pointermove', onMove);
      scroller.removeEventListener('pointerleave', onLeave);
      scroller.removeEventListener('focusin', onFocusIn);
      scroller.removeEventListener('focusout', onFocusOut);
    };
  }, []);
}
