"""Uses the client that openapi-python-client makes from the API's description: every call, and every kind of answer."""

import sys

from api import Client
from api.api.events import ingest_events
from api.api.tasks import cancel_task, create_task, list_tasks, show_task
from api.models import CancelRequest, CreateTaskRequest, Refusal, TaskStarted

client = Client(base_url=sys.argv[1])


def refused(answer, status):
    assert answer.status_code == status and isinstance(answer.parsed, Refusal), answer
    assert answer.parsed.code == status and answer.parsed.message and answer.parsed.data is None
    assert answer.headers["Taskledger-Reason"]


def create(project_id, task_type):
    body = CreateTaskRequest(project_id=project_id, task_type=task_type, key="generated/python")
    return create_task.sync_detailed(client=client, body=body)


def send(subject):
    event = TaskStarted(specversion="1.0", id="1", source="/python", type_="task.started", subject=subject)
    return ingest_events.sync_detailed(client=client, body=event)


def cancel():
    return cancel_task.sync_detailed(task_id, client=client, body=CancelRequest(actor="python"))


created = create(1, "crawl")
assert created.status_code == 201, created
task_id = created.parsed.data.id
assert create(1, "crawl").status_code == 200
refused(create(2, "crawl"), 409)
refused(create(1, "unheard of"), 400)

[listed] = list_tasks.sync(client=client, key="generated/python").data
assert (listed.id, listed.status) == (task_id, "pending")
refused(list_tasks.sync_detailed(client=client, limit=0), 400)

[outcome] = send("generated/python").parsed.data
assert (outcome.outcome, outcome.task_id) == ("accepted", task_id)
unknown = send("generated/nobody")
assert unknown.status_code == 404 and unknown.parsed.data[0].reason == "task_not_found", unknown

detail = show_task.sync(task_id, client=client).data
assert (detail.status, detail.params.to_dict(), detail.completed_at) == ("running", {}, None)
refused(show_task.sync_detailed(999, client=client), 404)

assert cancel().parsed.data is None
refused(cancel(), 400)
print("Python")
