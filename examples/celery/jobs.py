"""The jobs of the example. REDIS_URL says where their queue is, TASKLEDGER_URL where they are on record."""

import os, time

import redis
from celery import Celery

from taskledger_bridge import Bridge

REDIS_URL = os.environ["REDIS_URL"]
app = Celery("jobs", broker=REDIS_URL, backend=REDIS_URL)
app.conf.update(
    worker_prefetch_multiplier=1,
    task_routes={"jobs.patient": {"queue": "later"}},
    # A result that nobody has read yet is the example's proof.
    result_expires=3600,
)
Bridge(os.environ["TASKLEDGER_URL"], project_id=1, task_type="crawl")

counts = redis.Redis.from_url(REDIS_URL)


def run_of(task):
    """The number of this run, which is counted in Redis."""
    return counts.hincrby("runs", task.request.id, 1)


class Away(Exception):
    """What the example's jobs fail of."""


def tries(task, failures, again):
    """Fails so many times, and tries again with a backoff."""
    run = run_of(task)
    if run <= failures:
        error = Away(f"Run {run} of {task.name} failed")
        if not again:
            raise error
        try:
            raise error
        except Away:
            raise task.retry(exc=error, countdown=0.05 * 2**task.request.retries)
    return {"run": run}


@app.task(bind=True)
def plain(self):
    return tries(self, 0, True)


@app.task(bind=True, max_retries=2)
def flaky(self):
    return tries(self, 2, True)


@app.task(bind=True, autoretry_for=(Away,), max_retries=1, default_retry_delay=0)
def impatient(self):
    return tries(self, 1, False)


@app.task(bind=True, max_retries=2)
def hopeless(self):
    return tries(self, 9, True)


@app.task(bind=True)
def by_hand(self, works):
    return tries(self, 0 if works else 1, False)


@app.task(bind=True)
def parent(self):
    return {"children": [child.delay().id for _ in range(3)], **tries(self, 0, True)}


@app.task(bind=True, max_retries=1)
def child(self):
    return tries(self, 1, True)


@app.task(bind=True, acks_late=True)
def killed(self):
    """Its worker is killed in its first run; the broker gives it to another one."""
    if run_of(self) == 1:
        time.sleep(3600)
    return {}


@app.task(bind=True)
def endless(self):
    """Runs until it is cancelled."""
    run_of(self)
    time.sleep(3600)


@app.task(bind=True)
def patient(self):
    """Is cancelled before a worker takes its queue."""
    run_of(self)
