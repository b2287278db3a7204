import type { Choice } from '../state/choice.js';

/** Whether the chosen values are those that tasks must have, or those that they must not have. */
export function ChoiceMode({
  label,
  choice,
  onChange,
}: {
  label: string;
  choice: Choice;
  onChange: (choice: Choice) => void;
}) {
  return (
    <select
      class="mode"
      aria-label={`${label}: show or leave out`}
      value={choice.negated ? 'not' : 'is'}
      onChange={(event) => onChange({ values: choice.values, negated: event.currentTarget.value === 'not' })}
    >
      <option value="is">{label} is</option>
      <option value="not">{label} is not</option>
    </select>
  );
}
