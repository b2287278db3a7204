import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** What may not move while the pointer is on it. */
const UNDER_POINTER = 'tr.task, .held';

/**
 * Says when nothing may move in the list: it is scrolled, the keyboard is in it, or the pointer is on a row, however long it
 * rests there.
 *
 * @param element The list with all that belongs to it: the way from a row to the button above the rows is part of it.
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
    // Each time: the list may be that of another filter now, which has not been told yet.
    report.current();
  });

  useEffect(() => {
    const list = element.current as HTMLElement;
    const set = (change: Partial<typeof reasons.current>): void => {
      Object.assign(reasons.current, change);
      report.current();
    };
    // Also told of a pointer that a row comes to lie under, where nothing has moved but the row.
    const onOver = ({ target }: PointerEvent): void =>
      set({ pointer: (target as Element).closest(UNDER_POINTER) !== null });
    const onLeave = (): void => set({ pointer: false });
    const onFocusIn = (event: FocusEvent): void =>
      set({ keyboard: (event.target as HTMLElement).matches('[data-index]:focus-visible') });
    const onFocusOut = (): void => set({ keyboard: false });
    list.addEventListener('pointerover', onOver);
    list.addEventListener('pointerleave', onLeave);
    list.addEventListener('focusin', onFocusIn);
    list.addEventListener('focusout', onFocusOut);
    return () => {
      list.removeEventListener('pointerover', onOver);
      list.removeEventListener('pointerleave', onLeave);
      list.removeEventListener('focusin', onFocusIn);
      list.removeEventListener('focusout', onFocusOut);
    };
  }, []);
}
