import { useEffect, useState } from 'preact/hooks';

interface Props {
  label: string;
  /** Stands in the empty field. */
  example?: string;
  hint?: string;
  value: string;
  type?: 'text' | 'datetime-local';
  inputMode?: 'numeric';
  class: string;
  /** Part of the page that finds the field by it. */
  id: string;
  onChange: (value: string) => void;
}

/** How long after the last key a value counts as given; Enter says so at once. */
const TYPING_MS = 450;

/** A condition that is typed in. */
export function TextFilter({ label, example, hint, value, type = 'text', onChange, ...field }: Props) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return undefined;
    const timer = setTimeout(() => onChange(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  // The types of attributes tell text and time fields apart; all that follows is allowed in both.
  const attributes = type === 'datetime-local' ? { type, step: 1 } : { type, inputMode: field.inputMode };
  return (
    <label class={`field ${field.class}`}>
      <span>{label}</span>
      <input
        {...attributes}
        id={field.id}
        placeholder={example}
        title={hint}
        value={typed}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onChange(event.currentTarget.value);
        }}
      />
    </label>
  );
}
