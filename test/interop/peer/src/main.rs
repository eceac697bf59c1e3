//! A process that has a file open through Honker itself and does what it is told.
//!
//! Each line on stdin is a JSON array of a command and its arguments; each answer is a line `{"ok": …}` or
//! `{"error": …}`, in the order of the commands. What goes on in the background (listeners, workers, a scheduler) reports
//! by lines `{"event": TAG, …}` in between; it has a connection of its own, as another part of a program would.

use honker::{Database, OutboxOpts, QueueOpts};
use rusqlite::types::{Value as Sql, ValueRef};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

type Outcome = Result<Value, String>;

const LOOK: Duration = Duration::from_millis(50); // how often background work sees that it is to stop

fn main() {
    let mut peer = Peer::default();
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        let answer = match serde_json::from_str(&line) {
            Ok(Value::Array(command)) => peer.run(&command),
            _ => Err(format!("not a JSON array: {line}")),
        };
        print(match answer {
            Ok(value) => json!({ "ok": value }),
            Err(text) => json!({ "error": text }),
        });
    }
}

/// One write per line, so that lines of several threads do not mix.
fn print(line: Value) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(format!("{line}\n").as_bytes());
    let _ = out.flush();
}

#[derive(Default)]
struct Peer {
    path: String,
    db: Option<Database>,
    tasks: HashMap<String, Task>,
}

/// Something that goes on in a thread until it is told to stop.
struct Task {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Peer {
    fn run(&mut self, command: &[Value]) -> Outcome {
        let args = Args(command);
        match args.text(0)?.as_str() {
            "open" => self.open(&args),
            "sql" => self.with(|c| rows(c, &args.text(1)?, args.at(2))),
            "sqlEach" => self.with(|c| each(c, &args.text(1)?, args.at(2))),
            "pruneAge" => self.ask(|db| db.prune_notifications(args.int(1)?).map_err(text)),
            "pruneKeep" => self.ask(|db| {
                db.prune_notifications_keep_latest(args.int(1)?)
                    .map_err(text)
            }),
            "sleep" => {
                sleep(Duration::from_millis(args.int(1)? as u64));
                Ok(Value::Null)
            }
            "listen" => self.start(&args, listen),
            "subscribe" => self.start(&args, subscribe),
            "waker" => self.start(&args, wait_for_jobs),
            "work" => self.start(&args, work),
            "outbox" => self.start(&args, deliver),
            "schedule" => self.start(&args, schedule),
            "stop" => self.stop(&args.text(1)?),
            other => Err(format!("unknown command {other}")),
        }
    }

    /// `["open", path, atMs]`: waits for that time first, so that several processes open at the same moment.
    fn open(&mut self, args: &Args) -> Outcome {
        let at_ms = args.int(2).unwrap_or(0);
        while now_ms() < at_ms as f64 {
            std::hint::spin_loop();
        }
        self.path = args.text(1)?;
        self.db = Some(Database::open(&self.path).map_err(text)?);
        Ok(Value::Null)
    }

    fn with(&self, work: impl FnOnce(&rusqlite::Connection) -> Outcome) -> Outcome {
        self.db.as_ref().ok_or("nothing is open")?.with_conn(work)
    }

    fn ask(&self, work: impl FnOnce(&Database) -> Result<i64, String>) -> Outcome {
        work(self.db.as_ref().ok_or("nothing is open")?).map(Value::from)
    }

    /// Starts `task` in a thread; it is ready when this returns.
    fn start(&mut self, args: &Args, task: fn(&Start) -> Result<(), String>) -> Outcome {
        let tag = args.text(1)?;
        let (ready, wait) = std::sync::mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let start = Start {
            db: Database::open(&self.path).map_err(text)?,
            args: args.0.to_vec(),
            tag: tag.clone(),
            stop: stop.clone(),
            ready,
        };
        let thread = spawn(move || {
            let result = task(&start);
            start.say(match result {
                Ok(()) => json!({ "ended": true }),
                Err(error) => json!({ "ended": true, "failed": error }),
            });
        });
        self.tasks.insert(tag, Task { stop, thread });
        let _ = wait.recv(); // an error ends the thread, and with it the channel
        Ok(Value::Null)
    }

    /// Tells it to stop, wakes it by a commit, and waits for its end.
    fn stop(&mut self, tag: &str) -> Outcome {
        let task = self
            .tasks
            .remove(tag)
            .ok_or(format!("nothing runs as {tag}"))?;
        task.stop.store(true, Ordering::Release);
        self.with(|c| rows(c, "SELECT notify('interop:stop', 'null')", &json!([])))?;
        task.thread.join().map_err(|_| format!("{tag} panicked"))?;
        Ok(Value::Null)
    }
}

/// What a background task gets.
struct Start {
    db: Database,
    args: Vec<Value>,
    tag: String,
    stop: Arc<AtomicBool>,
    ready: std::sync::mpsc::Sender<()>,
}

impl Start {
    fn args(&self) -> Args<'_> {
        Args(&self.args)
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    fn is_ready(&self) {
        let _ = self.ready.send(());
    }

    fn say(&self, mut line: Value) {
        line["event"] = json!(self.tag);
        line["at"] = json!(now_ms());
        print(line);
    }
}

/// `["listen", tag, channel]`: reports each notification.
fn listen(start: &Start) -> Result<(), String> {
    let mut listener = start.db.listen(&start.args().text(2)?).map_err(text)?;
    start.is_ready();
    while !start.is_stopped() {
        if let Some(n) = listener.recv_timeout(LOOK).map_err(text)? {
            start.say(json!({ "id": n.id, "channel": n.channel, "payload": n.payload }));
        }
    }
    Ok(())
}

/// `["subscribe", tag, topic, consumer, saveEvery, count]`: reports that many events, saves the offset and ends.
fn subscribe(start: &Start) -> Result<(), String> {
    let args = start.args();
    let stream = start.db.stream(&args.text(2)?);
    let mut events = stream
        .subscribe(&args.text(3)?)
        .map_err(text)?
        .save_every(args.int(4)?);
    start.is_ready();
    for _ in 0..args.int(5)? {
        let Some(event) = events.next() else { break };
        let e = event.map_err(text)?;
        let payload = String::from_utf8_lossy(&e.payload).into_owned();
        start
            .say(json!({ "offset": e.offset, "topic": e.topic, "key": e.key, "payload": payload }));
    }
    Ok(())
}

/// `["waker", tag, queue, worker, visibilityTimeoutS, count]`: claims that many jobs as they come, without an ack.
fn wait_for_jobs(start: &Start) -> Result<(), String> {
    let args = start.args();
    let opts = QueueOpts {
        visibility_timeout_s: args.int(4)?,
        ..QueueOpts::default()
    };
    let waker = start.db.queue(&args.text(2)?, opts).claim_waker();
    start.is_ready();
    for _ in 0..args.int(5)? {
        let Some(job) = waker.next(&args.text(3)?).map_err(text)? else {
            break;
        };
        start.say(json!({ "id": job.id, "attempts": job.attempts }));
    }
    Ok(())
}

/// `["work", tag, queue, worker, visibilityTimeoutS]`: claims jobs, and acks each in one transaction with a row of
/// `acked(id, worker, attempts)`, until it is stopped.
fn work(start: &Start) -> Result<(), String> {
    let args = start.args();
    let (queue, worker, timeout) = (args.text(2)?, args.text(3)?, args.int(4)?);
    let opts = QueueOpts {
        visibility_timeout_s: timeout,
        ..QueueOpts::default()
    };
    let jobs = start.db.queue(&queue, opts);
    let updates = start.db.update_events();
    start.is_ready();
    while !start.is_stopped() {
        let claimed = match jobs.claim_one(&worker) {
            Ok(Some(job)) => job,
            Ok(None) => {
                let _ = updates.recv_timeout(LOOK);
                continue;
            }
            Err(error) => {
                start.say(json!({ "error": error.to_string() }));
                sleep(Duration::from_millis(5));
                continue;
            }
        };
        let (id, attempts) = (claimed.id, claimed.attempts);
        loop {
            match start
                .db
                .with_conn(|c| ack_with_row(c, id, &worker, attempts))
            {
                Ok(true) => break,
                Ok(false) => {
                    start.say(json!({ "lost": id }));
                    break;
                }
                Err(error) => start.say(json!({ "error": error.to_string() })),
            }
        }
    }
    Ok(())
}

fn ack_with_row(
    c: &rusqlite::Connection,
    id: i64,
    worker: &str,
    attempts: i64,
) -> rusqlite::Result<bool> {
    c.execute_batch("BEGIN IMMEDIATE")?;
    let result = c
        .query_row("SELECT honker_ack(?1, ?2)", (id, worker), |row| {
            row.get::<_, i64>(0)
        })
        .and_then(|acked| {
            if acked == 1 {
                c.execute(
                    "INSERT INTO acked(id, worker, attempts) VALUES (?1, ?2, ?3)",
                    (id, worker, attempts),
                )?;
            }
            c.execute_batch("COMMIT")?;
            Ok(acked == 1)
        });
    if result.is_err() {
        let _ = c.execute_batch("ROLLBACK");
    }
    result
}

/// `["outbox", tag, name, worker, baseBackoffS, maxAttempts, visibilityTimeoutS]`: delivers until it is stopped. A payload with
/// `"fail": true` is refused.
fn deliver(start: &Start) -> Result<(), String> {
    let args = start.args();
    let opts = OutboxOpts {
        base_backoff_s: args.int(4)?,
        max_attempts: args.int(5)?,
        visibility_timeout_s: args.int(6)?,
    };
    let outbox = start.db.outbox(&args.text(2)?, opts);
    let updates = start.db.update_events();
    let worker = args.text(3)?;
    start.is_ready();
    while !start.is_stopped() {
        let delivered = outbox.run_once(&worker, |payload| {
            let is_refused = payload["fail"] == json!(true);
            start.say(json!({ "payload": payload.to_string(), "refused": is_refused }));
            if is_refused { Err("refused") } else { Ok(()) }
        });
        if !delivered.map_err(text)? {
            let _ = updates.recv_timeout(LOOK);
        }
    }
    Ok(())
}

/// `["schedule", tag, owner]`: leads, or waits to lead, until it is stopped.
fn schedule(start: &Start) -> Result<(), String> {
    start.is_ready();
    start
        .db
        .scheduler()
        .run(start.stop.clone(), &start.args().text(2)?)
        .map_err(text)
}

/// The rows of a statement as objects. With none to give it has been run all the same.
fn rows(c: &rusqlite::Connection, sql: &str, params: &Value) -> Outcome {
    let mut statement = c.prepare_cached(sql).map_err(text)?;
    let names: Vec<String> = statement
        .column_names()
        .iter()
        .map(|name| name.to_string())
        .collect();
    let mut rows = statement
        .query(rusqlite::params_from_iter(bindings(params)?))
        .map_err(text)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(text)? {
        let mut object = Map::new();
        for (index, name) in names.iter().enumerate() {
            object.insert(name.clone(), from_sql(row.get_ref(index).map_err(text)?));
        }
        found.push(Value::Object(object));
    }
    Ok(Value::Array(found))
}

/// The first value of the statement, or the error, for each list of parameters.
fn each(c: &rusqlite::Connection, sql: &str, lists: &Value) -> Outcome {
    let mut statement = c.prepare_cached(sql).map_err(text)?;
    let mut results = Vec::new();
    for params in lists
        .as_array()
        .ok_or("a list of lists of parameters is wanted")?
    {
        let values = rusqlite::params_from_iter(bindings(params)?);
        let result = statement.query_row(values, |row| Ok(from_sql(row.get_ref(0)?)));
        results.push(result.unwrap_or_else(|error| json!({ "error": error.to_string() })));
    }
    Ok(Value::Array(results))
}

/// Bytes are `{"blob": [1, 2]}`, a REAL that is whole `{"real": 1}`.
fn bindings(params: &Value) -> Result<Vec<Sql>, String> {
    let list = params.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().map(binding).collect()
}

fn binding(value: &Value) -> Result<Sql, String> {
    Ok(match value {
        Value::Null => Sql::Null,
        Value::Bool(on) => Sql::Integer((*on).into()),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => Sql::Integer(integer),
            None => Sql::Real(number.as_f64().ok_or("a number out of range")?),
        },
        Value::String(string) => Sql::Text(string.clone()),
        Value::Object(object) => match (
            &object.get("blob"),
            object.get("real").and_then(Value::as_f64),
        ) {
            (Some(Value::Array(bytes)), _) => Sql::Blob(
                bytes
                    .iter()
                    .map(|b| b.as_u64().unwrap_or(0) as u8)
                    .collect(),
            ),
            (_, Some(real)) => Sql::Real(real),
            _ => return Err(format!("no SQL value: {value}")),
        },
        Value::Array(_) => return Err(format!("no SQL value: {value}")),
    })
}

fn from_sql(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(integer) => json!(integer),
        ValueRef::Real(real) => json!(real),
        ValueRef::Text(bytes) => json!(String::from_utf8_lossy(bytes)),
        ValueRef::Blob(bytes) => json!({ "blob": bytes }),
    }
}

/// The elements of a command.
struct Args<'a>(&'a [Value]);

impl Args<'_> {
    fn at(&self, index: usize) -> &Value {
        self.0.get(index).unwrap_or(&Value::Null)
    }

    fn text(&self, index: usize) -> Result<String, String> {
        self.at(index)
            .as_str()
            .map(str::to_string)
            .ok_or(format!("text is wanted as argument {index}"))
    }

    fn int(&self, index: usize) -> Result<i64, String> {
        self.at(index)
            .as_i64()
            .ok_or(format!("an integer is wanted as argument {index}"))
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn now_ms() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |since| since.as_secs_f64() * 1000.0)
}
