"""Publishes a task's life by the CloudEvents SDK for Python, in the calls of its README, to the address that is its argument.

Prints a JSON line for each request: its name, and what was answered.
"""

import json
import sys
from datetime import datetime, timedelta, timezone

import requests
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

URL = sys.argv[1] + "/api/v1/events"
SOURCE = "/sdks/python"
COMMON = {
    "source": SOURCE,
    "subject": "sdk/python/Köln – 東京",
    "time": datetime(2025, 3, 12, 10, 0, 0, 123000, timezone(timedelta(hours=1))),
    "dataschema": "https://example.org/schemas/task.json",
    "datacontenttype": "application/json",
    "origin": "Zürich ☃ 100 %",
    "sequence": 7,
    "urgent": True,
}


def event(kind, event_id, data, **more):
    return CloudEvent({**COMMON, "type": "task." + kind, "id": event_id, **more}, data)


def post(name, body, headers):
    answer = requests.post(URL, data=body, headers=headers, timeout=30)
    print(json.dumps({"name": name, "answer": answer.json()}), flush=True)


def binary(name, sent):
    message = to_binary_event(sent)
    post(name, message.body, message.headers)


def structured(name, sent):
    message = to_structured_event(sent)
    post(name, message.body, message.headers)


# As the README has it: no id, no time, no subject, no datacontenttype.
attributes = {"type": "task.created", "source": SOURCE}
data = {"project_id": 1, "task_type": "crawl", "params": {"site": "example.org"}}
binary("plain", CloudEvent(attributes, data))
structured("plain-structured", CloudEvent(attributes, data))

created = {"project_id": 1, "task_type": "crawl", "total": 4, "params": {"city": "Köln"}}
binary("binary-object", event("created", "1", created))
binary("binary-bytes", event("started", "2", b'{"total":4}'))
binary("binary-string", event("progressed", "3", '{"progress":1}'))
structured("structured-object", event("progressed", "4", {"progress": 2}))
structured("structured-bytes", event("progressed", "5", b'{"progress":3}'))

# The SDK has no batch: a list of what its JSON format writes for each event.
result = json.dumps({"result": {"title": "Übersicht"}}).encode()
events = [
    event("progressed", "6", {"progress": 4, "message": "fertig – 完"}),
    event("completed", "7", result),
]
body = b"[" + b",".join(JSONFormat().write(sent) for sent in events) + b"]"
post("batch", body, {"content-type": "application/cloudevents-batch+json"})

# The data is the string, not what stands in it (CloudEvents JSON format, section 3.1.1).
structured("refused-string", event("started", "9", '{"total":4}'))
