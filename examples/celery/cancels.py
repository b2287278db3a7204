"""Revokes Celery's tasks whose cancel Taskledger was asked for, running and waiting ones: `python cancels.py URL`."""

import json, sys, time, urllib.request

from jobs import app

START = "celery:"


def cancelled(url, after=None):
    """The keys of tasks that are cancelled, from now or after a position on, and the position of each."""
    headers = {"last-event-id": after} if after else {}
    request = urllib.request.Request(f"{url}/api/v1/tasks/stream?status=cancelled&include=key", headers=headers)
    with urllib.request.urlopen(request, timeout=60) as lines:
        print("Cancels are listened for", flush=True)
        event = position = None
        for line in lines:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name == "event":
                event = value
            elif name == "id":
                position = value
            elif name == "data" and event == "task":
                yield json.loads(value)["key"] or "", position


def main(url):
    after = None
    while True:
        try:
            for key, after in cancelled(url, after):
                if key.startswith(START):
                    app.control.revoke(key.removeprefix(START), terminate=True)
        except OSError:
            time.sleep(1)


if __name__ == "__main__":
    main(sys.argv[1])
