import { useEffect, useState } from 'preact/hooks';

interface Props {
  /** By which the rest of the page finds the field. */
  id: string;
  class: string;
  label: string;
  /** Stands in the empty field. */
  example?: string;
  hint?: string;
  value: string;
  inputMode?: 'numeric';
  /** What a typed text stands for; `undefined` when it can't be taken. */
  read?: (typed: string) => string | undefined;
  onChange: (value: string) => void;
}

/** How long after the last key a value counts as given; Enter says so at once, and so does going on to something else. */
const TYPING_MS = 450;

/** A condition that is typed in. */
export function TextFilter({ value, onChange, read = (typed) => typed, ...field }: Props) {
  const [typed, setTyped] = useState(value);
  const meant = read(typed);
  useEffect(() => {
    if (read(typed) !== read(value)) setTyped(value);
  }, [value]);
  const give = (): void => {
    if (meant !== undefined && meant !== read(value)) onChange(meant);
  };
  useEffect(() => {
    const timer = setTimeout(give, TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <label class={`field ${field.class}`}>
      <span>{field.label}</span>
      <input
        id={field.id}
        type="text"
        inputMode={field.inputMode}
        placeholder={field.example}
        title={field.hint}
        aria-invalid={meant === undefined}
        value={typed}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Enter' && give()}
        onBlur={give}
      />
    </label>
  );
}
