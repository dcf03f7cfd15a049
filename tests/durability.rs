//! What was acknowledged survives the death of the process at any instant.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use clausewise::embed::{Encoder, EncoderOptions, Lane};
use clausewise::search::Request;
use clausewise::store::DocumentFilter;
use clausewise::{Access, Embedders, Engine};

const DOCUMENTS: usize = 240;
const CLAUSES: usize = 9;
const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models/clausewise-e5-small-zh-en");

fn clause(document: usize, number: usize) -> String {
    const PLACES: [&str; 6] = ["东河", "西山", "南湾", "北岭", "中港", "新城"];
    const THINGS: [&str; 5] = ["计量检定中心", "标准化示范园区", "检验检测平台", "质量追溯系统", "认证服务窗口"];
    let (place, thing) = (PLACES[document % 6], THINGS[(document / 6 + number) % 5]);
    format!("到{}年在{place}建成{thing}{}个。", 2024 + number, document * CLAUSES + number + 1)
}

fn write_documents(folder: &Path) {
    for document in 0..DOCUMENTS {
        let clauses: String = (0..CLAUSES).map(|number| clause(document, number)).collect();
        let text = format!("第{document}号工作方案\n一、工作任务\n(一)建设目标。{clauses}\n");
        std::fs::write(folder.join(format!("plan-{document:03}.txt")), text).unwrap();
    }
}

fn ingest(data: &Path, files: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clausewise"));
    command.args(["--model", MODEL, "--data-dir"]).arg(data).arg("ingest").arg(files);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// Document ids in the lines that say that a file was added.
fn acknowledged(line: &str) -> Option<String> {
    line.strip_prefix("added ").and_then(|rest| rest.split_whitespace().next()).map(str::to_owned)
}

fn check(data: &Path, acknowledged: &[String], encoder: &Arc<Encoder>) {
    let embedders = Embedders { queries: Arc::new(encoder.lane(Lane::Interactive)), passages: encoder.clone() };
    let engine = Engine::open(data, embedders, Access::Change).unwrap();
    let (rows, _) = engine.store().documents(&DocumentFilter::default(), 0, usize::MAX).unwrap();
    for row in &rows {
        let detail = engine.store().document(&row.document_id).unwrap();
        assert_eq!(detail.clauses.len(), row.clauses, "{} is half there", row.document_id);
        assert!(row.clauses >= CLAUSES, "{} is half there", row.document_id);
    }
    let (_, _, texts) = engine.store().counts().unwrap();
    assert_eq!((engine.lexical().len(), engine.index().len()), (texts, texts));
    for id in acknowledged {
        assert!(rows.iter().any(|row| row.document_id == *id), "{id} was acknowledged and is not there");
        let document: usize = id.trim_start_matches("plan-").parse().unwrap();
        let query = clause(document, document % CLAUSES);
        let hits = engine.search(&Request::text(&query)).unwrap().hits;
        assert!(
            hits.iter().any(|hit| hit.document.document_id == *id && hit.text == query),
            "{id} was acknowledged and is not found by {query}"
        );
    }
}

#[test]
fn every_acknowledged_document_is_found_after_the_process_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let (data, files) = (folder.path().join("data"), folder.path().join("files"));
    std::fs::create_dir(&files).unwrap();
    write_documents(&files);
    let options = EncoderOptions::default();
    let encoder = Arc::new(Encoder::load(MODEL, &options).unwrap());

    let mut done: Vec<String> = Vec::new();
    // Killed at once, between batches, and a moment after an acknowledgement.
    for (lines, milliseconds) in [(0, 30), (0, 400), (1, 0), (40, 120), (70, 7)] {
        let mut child = ingest(&data, &files).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let mut seen = 0;
        while seen < lines && output.read_line(&mut line).unwrap() > 0 {
            seen += usize::from(acknowledged(&line).is_some());
            done.extend(acknowledged(&line));
            line.clear();
        }
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
        // What was printed before the kill counts, read or not.
        done.extend(output.lines().map_while(Result::ok).filter_map(|line| acknowledged(&line)));
        check(&data, &done, &encoder);
    }
    assert!(!done.is_empty(), "the test is about acknowledged documents");

    let output = ingest(&data, &files).output().unwrap();
    assert!(output.status.success());
    let all: Vec<String> = (0..DOCUMENTS).map(|document| format!("plan-{document:03}")).collect();
    check(&data, &all, &encoder);
}
