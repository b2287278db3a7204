import { useEffect, useState } from 'preact/hooks';

/** How long it says that it has copied. */
const SAID_MS = 1_500;

/** Copies a text. `what` says which, for those who do not see what it stands beside. */
export function CopyButton({ text, what, label = 'Copy' }: { text: string; what: string; label?: string }) {
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (said === '') return undefined;
    const timer = setTimeout(() => setSaid(''), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = (): void => {
    copyText(text).then(
      () => setSaid('Copied'),
      () => setSaid('Not allowed'),
    );
  };
  return (
    <button type="button" class="quiet copy" aria-label={`${label} ${what}`} onClick={copy}>
      <span aria-live="polite">{said === '' ? label : said}</span>
    </button>
  );
}

/** The clipboard is there on localhost and over TLS alone; elsewhere the older way does it. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text);
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'unseen';
  (document.querySelector('dialog[open]') ?? document.body).append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  if (!done) throw new Error('The browser does not let the page copy');
}
