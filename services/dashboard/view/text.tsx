import { nameParts, proseParts, type TextPart } from '../state/visible-text.js';

/** What somebody else has named: on one line, apart from the direction of what stands around it. */
export function Name({ text }: { text: string }) {
  return (
    <bdi class="said" dir="ltr">
      <Parts parts={nameParts(text)} />
    </bdi>
  );
}

/** What somebody else has said, with its lines. */
export function Prose({ text }: { text: string }) {
  return (
    <bdi class="said">
      <Parts parts={proseParts(text)} />
    </bdi>
  );
}

function Parts({ parts }: { parts: readonly TextPart[] }) {
  return (
    <>
      {parts.map(({ text, isControl }, at) =>
        isControl ? (
          <span key={at} class="control">
            {text}
          </span>
        ) : (
          text
        ),
      )}
    </>
  );
}
