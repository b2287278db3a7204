import { useRef } from 'preact/hooks';
import { toggled, type Choice } from '../state/choice.js';
import { ChoiceMode } from './choice-mode.js';
import { Name } from './text.js';
import { useDismiss } from './use-dismiss.js';

/** The types to choose from, in a small panel of its own. */
export function TypeFilter({
  choice,
  types,
  onChange,
}: {
  choice: Choice;
  /** Those that there are tasks of. */
  types: readonly string[];
  onChange: (choice: Choice) => void;
}) {
  const details = useRef<HTMLDetailsElement>(null);
  useDismiss(details);
  // One that the filter names is offered even when there is no task of it.
  const offered = [...new Set([...types, ...choice.values])].sort();
  const summary = choice.values.length === 0 ? 'any' : choice.values.join(', ');
  return (
    <details class="menu" ref={details}>
      <summary>
        Type{' '}
        <b>
          <Name text={choice.negated && choice.values.length > 0 ? `not ${summary}` : summary} />
        </b>
      </summary>
      <fieldset class="menu-panel">
        <legend class="unseen">Type</legend>
        <ChoiceMode label="Type" choice={choice} onChange={onChange} />
        {offered.length === 0 && <p class="hint">There are no tasks yet.</p>}
        {offered.map((type) => (
          <label key={type}>
            <input
              type="checkbox"
              checked={choice.values.includes(type)}
              onChange={() => onChange(toggled(choice, type))}
            />
            <Name text={type} />
          </label>
        ))}
      </fieldset>
    </details>
  );
}
