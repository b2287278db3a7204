import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { focusOn, pathOf } from './focus-home.js';

/**
 * A question that has to be answered first. The browser's own modal dialog keeps the focus inside, closes by Escape, and
 * would give the focus back; but what had it may be gone by then.
 */
export function Dialog({
  title,
  onClose,
  wide = false,
  children,
}: {
  title: string;
  onClose: () => void;
  wide?: boolean;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  // An effect that isn't of the layout is cleaned up after the paint: by then the dialog is gone, and the focus elsewhere.
  useLayoutEffect(() => {
    const element = dialog.current as HTMLDialogElement;
    const before = pathOf(document.activeElement);
    element.showModal();
    return () => {
      element.close();
      focusOn(before);
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={wide ? 'wide' : undefined}
      aria-labelledby="dialog-title"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id="dialog-title" tabIndex={-1}>
        {title}
      </h2>
      {children}
    </dialog>
  );
}
