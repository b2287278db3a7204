import { useEffect } from 'preact/hooks';

/**
 * Parts of the page, and what has the focus in each when what had it is gone. None is a field, which would bring up the
 * keyboard of a phone.
 */
const HOMES: readonly (readonly [part: string, home: string])[] = [
  ['dialog', 'h2'],
  ['.detail', 'h2'],
  ['main', '.scroller'],
  ['search', 'search'],
];

/** An element and all around it, innermost first. */
export function pathOf(element: Element | null): HTMLElement[] {
  const path: HTMLElement[] = [];
  for (let at = element; at instanceof HTMLElement; at = at.parentElement) path.push(at);
  return path;
}

/** Gives the focus to the first of a path, or to the home of the innermost part around it that is still there. */
export function focusOn(path: readonly HTMLElement[]): void {
  const [first] = path;
  if (first !== undefined && first !== document.body && canHaveFocus(first)) return first.focus();
  for (const element of path.filter(({ isConnected }) => isConnected)) {
    const [, home] = HOMES.find(([part]) => element.matches(part)) ?? [];
    if (home === undefined) continue;
    const target = element.matches(home) ? element : element.querySelector<HTMLElement>(home);
    if (target !== null) return target.focus({ preventScroll: true });
  }
  // All of it is gone: the list is always there.
  document.querySelector<HTMLElement>('.scroller')?.focus({ preventScroll: true });
}

/** Gives the focus back to what opened the detail: the row of the list or the link that leads to it, or else to the list. */
export function focusOpener(): void {
  const main = document.querySelector('main');
  const opener =
    main?.querySelector<HTMLElement>('[aria-current="true"]') ?? main?.querySelector('.scroller');
  (opener as HTMLElement | null)?.focus({ preventScroll: true });
}

/**
 * Keeps the focus near where it was when what had it is taken away or turned off, as a button is that has done its work. The
 * browser would let it fall to the whole page, and whoever uses the keyboard would begin at the top.
 */
export function useFocusHome(): void {
  useEffect(() => {
    let path = pathOf(document.activeElement);
    const onFocusIn = ({ target }: FocusEvent): void => {
      path = pathOf(target as Element);
    };
    const onChange = (): void => {
      const { activeElement } = document;
      const [last] = path;
      if (last === undefined || canHaveFocus(last)) return;
      if (activeElement === document.body || activeElement === last) focusOn(path);
    };
    const observer = new MutationObserver(onChange);
    observer.observe(document.body, { subtree: true, childList: true, attributeFilter: ['disabled'] });
    document.addEventListener('focusin', onFocusIn);
    return () => {
      observer.disconnect();
      document.removeEventListener('focusin', onFocusIn);
    };
  }, []);
}

function canHaveFocus(element: HTMLElement): boolean {
  return element.isConnected && !element.matches(':disabled');
}
