"""
Honker 0.2.4 as a peer: what older programs leave in a file, and what only its Python binding does.

The protocol is that of the Rust peer: JSON arrays in, {"ok": ...} or {"error": ...} out.
"""

import asyncio
import json
import sys
import threading
import time

import honker

db = None
workers = {}


def open_file(path):
    global db
    db = honker.open(path)
    db.queue("opened")  # its schema comes with the first queue


def sql(text, params=()):
    with db.transaction() as tx:
        return [dict(row) for row in tx.query(text, list(params))]


def churn(count, queue):
    """Enqueues jobs, each by a new Queue, which drops and makes the view _honker_jobs anew."""
    for i in range(count):
        honker.Queue(db, queue).enqueue({"i": i})
        time.sleep(0.003)  # SQLite's lock is not fair: leave it to others for a while


def notify(channel, payload):
    with db.transaction() as tx:
        return tx.notify(channel, payload)


def notify_nan(channel):
    return notify(channel, float("nan"))  # which json.dumps writes as NaN


def enqueue(queue, payload):
    return db.queue(queue).enqueue(payload)


def publish(topic, payload):
    return db.stream(topic).publish(payload)


def register(name, queue, expression, payload):
    honker.Scheduler(db).add(name=name, queue=queue, schedule=honker.crontab(expression), payload=payload)


def save_result(queue, job_id, value):
    db.queue(queue).save_result(job_id, value, ttl=60)


def get_result(queue, job_id):
    return db.queue(queue).get_result(job_id)


def wait_result(queue, job_id, timeout):
    return asyncio.run(db.queue(queue).wait_result(job_id, timeout=timeout))


def work(queue_name):
    """Runs decorated tasks of the queue in a thread: add(a, b=0) and shout(text)."""
    queue = db.queue(queue_name)

    @queue.task(name="add")
    def add(a, b=0):
        return a + b

    @queue.task(name="shout")
    def shout(text):
        return {"text": text.upper()}

    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    def run():
        asyncio.set_event_loop(loop)
        loop.run_until_complete(honker.run_workers(db, queue=queue_name, concurrency=1, stop_event=stop))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    workers[queue_name] = (loop, stop, thread)


def stop(queue_name):
    loop, event, thread = workers.pop(queue_name)
    loop.call_soon_threadsafe(event.set)
    thread.join()


COMMANDS = {
    "open": open_file,
    "sql": sql,
    "churn": churn,
    "notify": notify,
    "notifyNan": notify_nan,
    "enqueue": enqueue,
    "publish": publish,
    "register": register,
    "saveResult": save_result,
    "getResult": get_result,
    "waitResult": wait_result,
    "work": work,
    "stop": stop,
}

for line in sys.stdin:
    command, *args = json.loads(line)
    try:
        answer = {"ok": COMMANDS[command](*args)}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
