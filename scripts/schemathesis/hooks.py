"""Tells which failures are listed with their reason in listed.toml, and counts them for the end of the run."""

import atexit
import collections
import os
import pathlib
import re
import tomllib

import schemathesis

LISTED = tomllib.loads(pathlib.Path(__file__).with_name("listed.toml").read_text())["listed"]
CHECKS = {"RejectedPositiveData": "positive_data_acceptance", "AcceptedNegativeData": "negative_data_rejection"}
counts = collections.Counter()


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Takes the task types of the examples: a server takes those that are set up, and has no others here."""
    with_task_types(raw_schema)


def with_task_types(part):
    if isinstance(part, list):
        for item in part:
            with_task_types(item)
    elif isinstance(part, dict):
        if part.get("type") == "string" and "crawl" in part.get("examples", []):
            part["enum"] = part["examples"]
        for item in part.values():
            with_task_types(item)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Keeps a failure unless it is listed."""
    check = CHECKS.get(type(failure).__name__)
    for at, listed in enumerate(LISTED):
        if check != listed["check"] or case.operation.label not in listed.get("operations", [case.operation.label]):
            continue
        if not re.search(listed.get("url", ""), response.request.url):
            continue
        if any(re.search(listed["answer"], text) for text in messages(response)):
            counts[at] += 1
            return False
    return True


def messages(response):
    """What was said of the request, and of each event in it."""
    try:
        envelope = response.json()
    except ValueError:
        return []
    said = [str(envelope.get("message"))]
    if isinstance(envelope.get("data"), list):
        outcomes = [item for item in envelope["data"] if isinstance(item, dict) and "outcome" in item]
        said += [f"rejected: {item['reason']}: {item['message']}" for item in outcomes if item["outcome"] == "rejected"]
    return said


@atexit.register
def write_counts():
    """Adds them to a file, since a run can have several rounds."""
    if "LISTED_COUNTS" in os.environ:
        with open(os.environ["LISTED_COUNTS"], "a") as file:
            file.writelines(f"{count} {LISTED[at]['reason']}\n" for at, count in sorted(counts.items()))
