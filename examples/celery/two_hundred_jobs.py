"""Puts 200 jobs of all kinds through Celery, kills a worker with -9, cancels and retries, and prints as a line of JSON for each how
Celery and Taskledger say that it went. REDIS_URL and TASKLEDGER_URL say where they are."""

import atexit, json, os, signal, subprocess, sys, time, urllib.parse, urllib.request

import jobs
from jobs import app, counts

URL = os.environ["TASKLEDGER_URL"]
HERE = os.path.dirname(os.path.abspath(__file__))
UNTIL_S_MAX = 30
FINAL = {"SUCCESS": "completed", "FAILURE": "failed", "REVOKED": "cancelled"}
KINDS = {"plain": 60, "flaky": 40, "impatient": 10, "hopeless": 10, "parent": 10, "endless": 10, "patient": 10}


def main():
    started([sys.executable, "cancels.py", URL])
    doomed = worker(concurrency=10)
    ids = {"killed": [jobs.killed.delay().id for _ in range(10)]}
    # Once all of them run, their worker and what it has forked are gone.
    until(lambda: all(runs(of) == 1 for of in ids["killed"]))
    end(doomed)
    # After the visibility timeout, an hour mostly, the broker gives them to another worker; here at once.
    with app.connection_for_read(transport_options={"visibility_timeout": 0}) as connection:
        connection.default_channel.qos.restore_visible(num=100)
    ids |= {kind: [getattr(jobs, kind).delay().id for _ in range(number)] for kind, number in KINDS.items()}
    ids["by_hand"] = [jobs.by_hand.delay(False).id for _ in range(10)]
    worker(concurrency=14)

    # Retries by hand, each a new task that says what it tries again.
    until(lambda: all(state(of) == "failed" for of in ids["by_hand"]))
    again = {of: jobs.by_hand.apply_async((True,), headers={"retry_of": of}).id for of in ids["by_hand"]}
    # Cancels, of what runs and of what waits; then the queue of those that wait is taken.
    for kind, status in (("endless", "running"), ("patient", "pending")):
        until(lambda: all((task_of(of) or {}).get("status") == status for of in ids[kind]))
        for of in ids[kind]:
            asked(f"/api/v1/tasks/{task_of(of)['id']}/cancel", {"reason": "not needed", "actor": "anna"})
    until(lambda: all(state(of) == "cancelled" for of in ids["endless"]))
    until(lambda: set(ids["patient"]) <= revoked())
    app.control.add_consumer("later")
    until(lambda: all(state(of) == "completed" for of in ids["parent"]))
    results = [app.AsyncResult(of).get() for of in ids["parent"]]
    ids["child"] = [child for result in results for child in result["children"]]
    parents = {child: of for of, result in zip(ids["parent"], results) for child in result["children"]}

    open_tasks = "/api/v1/tasks?status=pending&status=running"
    until(lambda: all(state(of) for each in [*ids.values(), again.values()] for of in each))
    until(lambda: asked(open_tasks) == [])
    for kind, each in ids.items():
        for of in each:
            known = [of, again[of]] if of in again else [of]
            shown = {"kind": kind, "queue": [state(one) for one in known], "runs": sum(runs(one) for one in known)}
            tasks = [life_of(one) for one in known]
            print(json.dumps({**shown, "tasks": tasks, "parent": parents.get(of), "id": of}))


def worker(concurrency):
    options = ["--loglevel", "critical", "--concurrency", str(concurrency), "--queues", "celery", "--without-gossip"]
    process = started([sys.executable, "-W", "ignore", "-m", "celery", "-A", "jobs", "worker", *options], says=None)
    until(lambda: app.control.inspect(timeout=2, limit=1).ping())
    return process


def started(command, says=subprocess.PIPE):
    process = subprocess.Popen(command, cwd=HERE, stdout=says or subprocess.DEVNULL, start_new_session=True)
    atexit.register(end, process)
    if says:
        process.stdout.readline()
    return process


def end(process):
    """Kills a process with all that it has forked."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def revoked():
    answers = app.control.inspect(timeout=2, limit=1).revoked() or {}
    return {of for each in answers.values() for of in each}


def state(of):
    return FINAL.get(app.AsyncResult(of).state)


def runs(of):
    return int(counts.hget("runs", of) or 0)


def task_of(of):
    found = asked("/api/v1/tasks?include=attempt&key=" + urllib.parse.quote(f"celery:{of}"))
    return found[0] if found else None


def life_of(of):
    """What the ledger has of a task."""
    task = task_of(of)
    if task is None:
        return {"status": "unknown"}
    events = asked(f"/api/v1/tasks/{task['id']}/history?limit=1000")["events"]
    types = [event["type"] for event in events]
    named = {name: events[0]["data"].get(name) for name in ("parent", "retry_of")}
    failures = types.count("TaskAttemptFailed") + types.count("TaskFailed")
    starts = types.count("TaskStarted")
    return {"status": task["status"], "attempt": task["attempt"], "starts": starts, "failures": failures, **named}


def asked(path, body=None):
    request = urllib.request.Request(URL + path, None if body is None else json.dumps(body).encode())
    if body is not None:
        request.add_header("content-type", "application/json")
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)["data"]


def until(holds):
    """Waits for something outside this process."""
    deadline = time.monotonic() + UNTIL_S_MAX
    while not holds():
        if time.monotonic() > deadline:
            sys.exit(f"Waited in vain, at line {sys._getframe(1).f_lineno}")
        time.sleep(0.05)


if __name__ == "__main__":
    main()
