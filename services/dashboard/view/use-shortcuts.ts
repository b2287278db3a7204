import { useEffect } from 'preact/hooks';
import { FIRST_FIELD_ID } from './filter-bar.js';

/** Keys that work anywhere on the page, as long as no dialog is open: `/` for the filter, Escape to close the detail. */
export function useShortcuts(onEscape: (() => void) | undefined): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (document.querySelector('dialog[open]') !== null) return;
      const typing = (event.target as HTMLElement).matches('input, select, textarea');
      if (event.key === '/' && !typing) {
        event.preventDefault();
        document.getElementById(FIRST_FIELD_ID)?.focus();
      } else if (event.key === 'Escape') {
        if (typing) (event.target as HTMLElement).blur();
        else onEscape?.();
      }
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [onEscape]);
}
