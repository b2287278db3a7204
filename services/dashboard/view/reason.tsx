/** Where one says why. It goes into the history for good. */
export function Reason({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <label class="field reason">
      <span>Reason (optional, kept in the history)</span>
      <input
        type="text"
        maxLength={500}
        value={value}
        autocomplete="off"
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    </label>
  );
}
