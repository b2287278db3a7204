import { useState } from 'preact/hooks';
import { CopyButton } from './copy-button.js';
import { Name } from './text.js';

/** How many members of one value are shown at first, and with each further step. */
const MEMBERS_SHOWN = 50;
/** Down to which depth values are open at first, as long as they are small. */
const OPEN_DEPTH = 2;
const OPEN_MEMBERS_MAX = 20;

/** A JSON value under a heading, with a button that copies it. */
export function JsonSection({ title, value }: { title: string; value: unknown }) {
  const empty = value !== null && typeof value === 'object' && Object.keys(value).length === 0;
  return (
    <section class="json" aria-label={title}>
      <h3>
        {title}
        {!empty && <CopyButton text={JSON.stringify(value, null, 2)} what={title.toLowerCase()} />}
      </h3>
      {empty ? <p class="hint">none</p> : <JsonMembers value={value as object} depth={0} />}
    </section>
  );
}

function JsonMembers({ value, depth }: { value: object; depth: number }) {
  const [shown, setShown] = useState(MEMBERS_SHOWN);
  const members = Object.entries(value);
  return (
    <ul class="members">
      {members.slice(0, shown).map(([name, member]) => (
        <li key={name}>
          <JsonMember name={name} value={member as unknown} depth={depth} />
        </li>
      ))}
      {members.length > shown && (
        <li>
          <button type="button" class="quiet" onClick={() => setShown(shown + MEMBERS_SHOWN)}>
            {(members.length - shown).toLocaleString('en')} more
          </button>
        </li>
      )}
    </ul>
  );
}

function JsonMember({ name, value, depth }: { name: string; value: unknown; depth: number }) {
  const size = value !== null && typeof value === 'object' ? Object.keys(value).length : 0;
  const [open, setOpen] = useState(depth < OPEN_DEPTH && size <= OPEN_MEMBERS_MAX);
  if (size === 0) {
    return (
      <>
        <span class="name">
          <Name text={name} />
        </span>{' '}
        <span class={`value value-${value === null ? 'null' : typeof value}`}>
          <Name text={JSON.stringify(value)} />
        </span>
      </>
    );
  }
  const kind = Array.isArray(value) ? `[${size}]` : `{${size}}`;
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span class="name">
          <Name text={name} />
        </span>{' '}
        <span class="kind">{kind}</span>
      </summary>
      {open && <JsonMembers value={value as object} depth={depth + 1} />}
    </details>
  );
}
