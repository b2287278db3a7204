import { filterTags } from '../state/filter-tags.js';
import type { Filter } from '../state/filter.js';
import { Name } from './text.js';

/** The conditions that have no field, each to be taken away; and why the list is not live, where that is of the filter. */
export function FilterTags({
  filter,
  note,
  onChange,
}: {
  filter: Filter;
  note: string | undefined;
  onChange: (part: Partial<Filter>) => void;
}) {
  const tags = filterTags(filter);
  if (tags.length === 0 && note === undefined) return null;
  return (
    <div class="tags">
      {tags.length > 0 && (
        <ul aria-label="Further conditions">
          {tags.map(({ words, without }) => (
            <li key={words}>
              <button
                type="button"
                class="tag"
                aria-label={`Take away: ${words}`}
                onClick={() => onChange(without)}
              >
                <Name text={words} />
                <span aria-hidden="true">✕</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {note !== undefined && <p class="hint">{note}</p>}
    </div>
  );
}
