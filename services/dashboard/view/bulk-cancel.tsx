import { useState } from 'preact/hooks';
import { executeCancellation, previewCancellation } from '../api/client.js';
import type { Cancellation } from '../api/types.js';
import { useCancellation } from '../live/use-cancellation.js';
import { cancellationFilter, cancellationProgress, tasks, whyNotCancelled } from '../state/cancellation.js';
import { filterWords, type Filter } from '../state/filter.js';
import { CancellationTasks } from './cancellation-tasks.js';
import { Dialog } from './dialog.js';
import { PreviewedTasks } from './previewed-tasks.js';
import { Reason } from './reason.js';
import { Name } from './text.js';

interface Props {
  filter: Filter;
  /** The one that is open; `undefined` before there is a preview. */
  id: string | undefined;
  onPreviewed: (id: string) => void;
  /** Back to the question, for another preview. */
  onAgain: () => void;
  onClose: () => void;
}

/** Cancels what a filter shows, in two steps: first exactly which tasks, then exactly these. */
export function BulkCancel({ filter, id, onPreviewed, onAgain, onClose }: Props) {
  const [turn, setTurn] = useState(0);
  const { cancellation, error } = useCancellation(id, turn);
  return (
    <Dialog title="Cancel many tasks" onClose={onClose} wide>
      {id === undefined && <Question filter={filter} onPreviewed={onPreviewed} onClose={onClose} />}
      {error !== '' && <Trouble text={error} />}
      {id !== undefined && cancellation === undefined && (
        <>
          {error === '' && <p class="hint">Loading…</p>}
          <Choices onClose={onClose} />
        </>
      )}
      {cancellation?.state === 'previewed' && (
        <Preview
          cancellation={cancellation}
          onExecuted={() => setTurn(turn + 1)}
          onAgain={onAgain}
          onClose={onClose}
        />
      )}
      {cancellation?.state === 'expired' && (
        <>
          <p>{cancellationProgress(cancellation)}.</p>
          <div class="choices">
            <button type="button" onClick={onClose}>
              Close
            </button>
            {whyNotCancelled(filter) === undefined && (
              <button type="button" onClick={onAgain}>
                Look again
              </button>
            )}
          </div>
        </>
      )}
      {(cancellation?.state === 'running' ||
        cancellation?.state === 'finished' ||
        cancellation?.state === 'aborted') && (
        <>
          <Outcome cancellation={cancellation} />
          <Choices onClose={onClose} />
        </>
      )}
    </Dialog>
  );
}

function Question({ filter, onPreviewed, onClose }: Pick<Props, 'filter' | 'onPreviewed' | 'onClose'>) {
  const [reason, setReason] = useState('');
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const refusal = whyNotCancelled(filter);
  const preview = async (): Promise<void> => {
    setBusy(true);
    try {
      onPreviewed((await previewCancellation(cancellationFilter(filter), reason.trim())).id);
    } catch (cause) {
      setError((cause as Error).message);
    }
    setBusy(false);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void preview();
      }}
    >
      {refusal !== undefined ? (
        <p>{refusal}.</p>
      ) : (
        <>
          <p>Pending and running tasks that match the filter:</p>
          <ul class="words">
            {filterWords(filter).map((word) => (
              <li key={word}>
                <Name text={word} />
              </li>
            ))}
          </ul>
          <Reason value={reason} onChange={setReason} />
          <p class="hint">
            Next you see exactly which tasks these are. Nothing is cancelled before you confirm it.
          </p>
        </>
      )}
      {error !== '' && <Trouble text={error} />}
      <div class="choices">
        <button type="button" onClick={onClose}>
          Close
        </button>
        <button type="submit" class="primary" disabled={busy || refusal !== undefined}>
          {busy ? 'Looking…' : 'Show which tasks'}
        </button>
      </div>
    </form>
  );
}

function Preview({
  cancellation,
  onExecuted,
  onAgain,
  onClose,
}: {
  cancellation: Cancellation;
  onExecuted: () => void;
  onAgain: () => void;
  onClose: () => void;
}) {
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const { id, total } = cancellation;
  const execute = async (): Promise<void> => {
    setBusy(true);
    try {
      await executeCancellation(id);
      onExecuted();
    } catch (cause) {
      setError((cause as Error).message);
      setBusy(false);
    }
  };
  return (
    <>
      <PreviewedTasks cancellation={cancellation} />
      {error !== '' && <Trouble text={error} />}
      <div class="choices">
        <button type="button" onClick={onClose}>
          Cancel nothing
        </button>
        <button type="button" onClick={onAgain}>
          Look again
        </button>
        <button type="button" class="danger" disabled={busy || total === 0} onClick={() => void execute()}>
          {total === 1 ? 'Cancel exactly this task' : `Cancel exactly these ${tasks(total)}`}
        </button>
      </div>
    </>
  );
}

function Outcome({ cancellation }: { cancellation: Cancellation }) {
  const { id, state, total, counts } = cancellation;
  return (
    <>
      <p role="status">{cancellationProgress(cancellation)}.</p>
      <progress
        max={Math.max(1, total)}
        value={counts.cancelled + counts.refused}
        aria-label="Progress of the bulk cancel"
      />
      {state === 'finished' && counts.refused > 0 && <CancellationTasks id={id} outcome="refused" />}
    </>
  );
}

function Choices({ onClose }: { onClose: () => void }) {
  return (
    <div class="choices">
      <button type="button" onClick={onClose}>
        Close
      </button>
    </div>
  );
}

function Trouble({ text }: { text: string }) {
  return (
    <p class="trouble" role="alert">
      {text}
    </p>
  );
}
