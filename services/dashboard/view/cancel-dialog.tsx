import { useRef, useState } from 'preact/hooks';
import { cancelTask } from '../api/client.js';
import type { TaskItem } from '../api/types.js';
import { Dialog } from './dialog.js';
import { Reason } from './reason.js';
import { Name } from './text.js';

/** Asks whether a task shall be cancelled, and why. */
export function CancelDialog({
  task,
  onClose,
  onDone,
}: {
  task: TaskItem;
  onClose: () => void;
  onDone: () => void;
}) {
  const [reason, setReason] = useState('');
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const commandId = useRef(newCommandId());
  const cancel = async (): Promise<void> => {
    setBusy(true);
    try {
      await cancelTask(task.id, reason.trim(), commandId.current);
      onDone();
    } catch (cause) {
      setError((cause as Error).message);
      setBusy(false);
    }
  };
  return (
    <Dialog title={`Cancel task ${task.id}?`} onClose={onClose}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          void cancel();
        }}
      >
        <p>
          {task.task_type} of project {task.project_id}
          {task.key && (
            <>
              , <Name text={task.key} />
            </>
          )}
          . Its worker is told to stop; this can't be taken back.
        </p>
        <Reason value={reason} onChange={setReason} />
        {error !== '' && (
          <p class="trouble" role="alert">
            {error}
          </p>
        )}
        <div class="choices">
          <button type="button" onClick={onClose}>
            Let it run
          </button>
          <button type="submit" class="danger" disabled={busy}>
            {busy ? 'Cancelling…' : 'Cancel the task'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** Names one press of the button, so that sending it again has no second effect. There is no UUID without TLS. */
function newCommandId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `page-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
