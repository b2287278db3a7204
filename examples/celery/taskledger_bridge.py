"""Shows what happens to Celery's tasks in Taskledger, by Celery's signals and nothing but the standard library.

`Bridge(url, …)` in the module that makes the app, so that publishers and workers both have it. What is said of a task leaves before
Celery goes on with it, so that it arrives in order; while Taskledger is away it waits in memory, and nothing of Celery waits for it.
"""

import collections, datetime, json, os, sys, threading, time, traceback, urllib.request, uuid

from celery import signals

EVENTS_MAX, TEXT_MAX, REQUEST_S_MAX, RETRY_S = 10_000, 10_000, 2, 1


def key_of(task_id):
    return f"celery:{task_id}"


class Bridge:
    def __init__(self, url, project_id, task_type):
        self.url, self.project_id, self.task_type = url, project_id, task_type
        self._begin()
        # What waited before a fork is its parent's to send.
        os.register_at_fork(after_in_child=self._begin)
        signals.before_task_publish.connect(self.published)
        signals.task_prerun.connect(self.started)
        signals.task_success.connect(self.succeeded)
        signals.task_failure.connect(self.failed)
        signals.task_revoked.connect(self.revoked)

    # What Celery says. `retries` counts from 0, and stays as it is when a worker was killed and another begins the same again.

    def published(self, headers, sender=None, **_):
        retries, creation = headers.get("retries") or 0, self.creation(sender, headers.get)
        if retries == 0:
            return self.say(headers["id"], "created", creation)
        # A task that tries again publishes itself, while what it failed of is being handled.
        error = sys.exc_info()[1] or RuntimeError("It asked to be tried again")
        retry_at = {"retry_at": headers["eta"]} if headers.get("eta") else {}
        self.say(headers["id"], "attempt_failed", {**failure(error), **retry_at, "attempt": retries, "task": creation})

    def started(self, task_id, task, **_):
        self.say(task_id, "started", {"worker": task.request.hostname, **self.about(task)})

    def succeeded(self, sender, result, **_):
        self.say(sender.request.id, "completed", {"result": {"value": jsonable(result)}, **self.about(sender)})

    def failed(self, task_id, sender, exception, **_):
        self.say(task_id, "failed", {**failure(exception), **self.about(sender)})

    def revoked(self, request, **_):
        self.say(request.id, "cancelled", {"reason": "Revoked"})

    def about(self, task):
        request = task.request
        # In the main process, which reports a killed child, there is no request.
        if request.id is None:
            return {}
        return {"attempt": request.retries + 1, "task": self.creation(task.name, request.get)}

    def creation(self, name, get):
        parent, retry_of = get("parent_id"), get("retry_of")
        return {
            **{"project_id": self.project_id, "task_type": self.task_type, "params": {"name": name}},
            **({"parent": key_of(parent)} if parent else {}),
            **({"retry_of": key_of(retry_of)} if retry_of else {}),
        }

    # On the way to Taskledger.

    def _begin(self):
        self.lock, self.later = threading.Lock(), None
        self.waiting = collections.deque(maxlen=EVENTS_MAX)

    def say(self, task_id, what, data):
        now = datetime.datetime.now(datetime.timezone.utc).isoformat()
        event = {"specversion": "1.0", "id": str(uuid.uuid4()), "source": "/celery", "type": f"task.{what}"}
        with self.lock:
            self.waiting.append({**event, "subject": key_of(task_id), "time": now, "data": data})
            if self.later is None and not self.sent():
                self.later = threading.Thread(target=self.send_later, daemon=True)
                self.later.start()

    def send_later(self):
        while True:
            time.sleep(RETRY_S)
            with self.lock:
                if self.sent():
                    self.later = None
                    return

    def sent(self):
        """Sends what waits. An event that is sent again, under the same id, has no second effect."""
        while self.waiting:
            batch = list(self.waiting)[:500]
            request = urllib.request.Request(f"{self.url}/api/v1/events", json.dumps(batch).encode())
            request.add_header("content-type", "application/cloudevents-batch+json")
            try:
                with urllib.request.urlopen(request, timeout=REQUEST_S_MAX) as response:
                    outcomes = json.load(response)["data"]
            except (OSError, ValueError):
                return False
            left = [event for event, of in zip(batch, outcomes) if of["outcome"] == "unavailable"]
            for event, of in zip(batch, outcomes):
                if of["outcome"] == "rejected" and of["reason"] != "already_cancelled":
                    print(f"{event['type']} of {event['subject']}: {of['reason']}, {of['message']}", file=sys.stderr)
            for _ in batch:
                self.waiting.popleft()
            self.waiting.extendleft(reversed(left))
            if left:
                return False
        return True


def failure(error):
    text, stack = str(error) or type(error).__name__, "".join(traceback.format_exception(error))
    return {"error_type": type(error).__name__, "error_message": cut(text), "error_stack": cut(stack)}


def cut(text):
    return text if len(text) <= TEXT_MAX else f"{text[:TEXT_MAX]} … [cut]"


def jsonable(value):
    try:
        text = json.dumps(value, allow_nan=False)
        return json.loads(text) if len(text) <= TEXT_MAX else cut(text)
    except (TypeError, ValueError):
        return cut(repr(value))
