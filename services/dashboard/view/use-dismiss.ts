import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

/** Closes an opened `<details>` by Escape, which gives the focus back, and by a press anywhere else. */
export function useDismiss(element: RefObject<HTMLDetailsElement | null>): void {
  useEffect(() => {
    const details = element.current as HTMLDetailsElement;
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || !details.open) return;
      event.stopPropagation();
      details.open = false;
      details.querySelector('summary')?.focus();
    };
    const onPointerDown = (event: PointerEvent): void => {
      if (!details.contains(event.target as Node)) details.open = false;
    };
    details.addEventListener('keydown', onKeyDown);
    document.addEventListener('pointerdown', onPointerDown);
    return () => {
      details.removeEventListener('keydown', onKeyDown);
      document.removeEventListener('pointerdown', onPointerDown);
    };
  }, []);
}
