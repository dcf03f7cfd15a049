//! A script beside this file, run by the Python that has the rivals, asked and answering line by line.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::{Done, REPOSITORY};

/// A running script. It ends when dropped.
pub struct Worker {
    process: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts a script and reads its first line; `None`, with a line that says so, when there is no such Python.
    pub fn start(python: &Path, script: &str, threads: usize, arguments: &[&str]) -> Done<Option<(Worker, Value)>> {
        if !python.is_file() {
            println!("no rivals: {} is not there; tests/bench/rivals/setup.sh makes it\n", python.display());
            return Ok(None);
        }
        let log = std::fs::File::create(Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{script}.log")))?;
        let mut process = Command::new(python)
            .arg("-B")
            .arg(Path::new(REPOSITORY).join("tests/bench/rivals").join(script))
            .args(arguments)
            .args(["--threads", &threads.to_string()])
            .env("OMP_NUM_THREADS", threads.to_string())
            .env("RAYON_NUM_THREADS", threads.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let requests = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().ok_or("no standard output")?);
        let mut worker = Worker { process, requests, answers };
        let ready = worker.answer()?;
        Ok(Some((worker, ready)))
    }

    /// Asks for something and waits for the answer.
    pub fn ask(&mut self, request: &Value) -> Done<Value> {
        let requests = self.requests.as_mut().ok_or("closed")?;
        writeln!(requests, "{request}")?;
        requests.flush()?;
        self.answer()
    }

    fn answer(&mut self) -> Done<Value> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Err("a script ended early; see its .log in the target's tmp folder".into());
        }
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.requests = None;
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
