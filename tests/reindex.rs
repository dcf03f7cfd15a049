//! A store over to another model: whole, or not at all.

mod support;

use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use clausewise::embed::{Embedder, Encoder, EncoderOptions, Lane};
use clausewise::reindex::Reindexed;
use clausewise::search::Request;
use clausewise::store::Plan;
use clausewise::{Access, Embedders, Engine, Error};
use serde_json::Value;
use support::copy_folder;
use tempfile::TempDir;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models/clausewise-e5-small-zh-en");

/// The shipped model and one with its weights that pools otherwise and reduces no tokens: all its vectors are others.
struct Models {
    folder: TempDir,
    shipped: Arc<Encoder>,
    other: Arc<Encoder>,
}

static MODELS: LazyLock<Models> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other");
    copy_folder(Path::new(SHIPPED), &other);
    std::fs::remove_file(other.join("token_codec.safetensors")).unwrap();
    std::fs::write(other.join("1_Pooling/config.json"), r#"{"pooling_mode_cls_token": true}"#).unwrap();
    let load = |path: &Path| Arc::new(Encoder::load(path, &EncoderOptions::default()).unwrap());
    Models { shipped: load(Path::new(SHIPPED)), other: load(&other), folder }
});

impl Models {
    fn other_path(&self) -> PathBuf {
        self.folder.path().join("other")
    }
}

fn embedders(encoder: &Arc<Encoder>) -> Embedders {
    Embedders { queries: Arc::new(encoder.lane(Lane::Interactive)), passages: encoder.clone() }
}

fn take_in(engine: &Engine, files: &[PathBuf]) {
    let all = engine.ingest_files(files, |report| {
        report.outcome.unwrap();
        ControlFlow::Continue(())
    });
    all.unwrap();
}

/// Enough for a graph and for two batches.
const DOCUMENTS: [&str; 3] = ["taian-2018.txt", "xianning-2016.txt", "zaozhuang-2024.txt"];

/// Takes the sample documents in.
fn ingest(data: &Path, encoder: &Arc<Encoder>) {
    let engine = Engine::open(data, embedders(encoder), Access::Change).unwrap();
    take_in(&engine, &DOCUMENTS.map(|name| PathBuf::from(ROOT).join("corpus").join(name)));
    engine.build_index().unwrap();
}

/// A data directory with the sample documents as the shipped model encodes them; made once, copied for each test.
fn samples() -> TempDir {
    static SAMPLES: LazyLock<TempDir> = LazyLock::new(|| {
        let folder = tempfile::tempdir().unwrap();
        ingest(folder.path(), &MODELS.shipped);
        folder
    });
    let folder = tempfile::tempdir().unwrap();
    copy_folder(SAMPLES.path(), folder.path());
    folder
}

const QUERIES: [&str; 5] =
    ["推行消费争议先行赔付", "培育泰山品牌", "对获得质量奖的企业给予奖励", "检验检测机构", "quality awards"];

/// What the engine answers to each query: clause, score, probability, similarity, what late interaction found.
type Answers = Vec<Vec<(String, [f32; 5])>>;

fn answers(engine: &Engine) -> Answers {
    let search = |query: &&str| {
        let hits = engine.search(&Request::text(*query)).unwrap().hits;
        assert!(hits.len() >= 5, "{query}: {} hits", hits.len());
        hits.into_iter()
            .map(|hit| {
                let (e, late) = (hit.evidence, hit.evidence.late);
                (hit.clause_id.to_string(), [hit.score, hit.probability, e.similarity, late.forward, late.reverse])
            })
            .collect()
    };
    QUERIES.iter().map(search).collect()
}

/// What the other model answers when the documents are taken in with it.
static FRESH: LazyLock<Answers> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    ingest(folder.path(), &MODELS.other);
    answers(&opened(folder.path(), &MODELS.other))
});

/// Does what takes the lock of a data directory. It is let go of a moment late where another test starts a program at
/// that instant: until it has become that program, the new process holds a copy of every open file of this one.
fn unlocked<T>(mut act: impl FnMut() -> clausewise::Result<T>) -> clausewise::Result<T> {
    let begun = Instant::now();
    loop {
        match act() {
            Err(Error::DataDirectory { received, .. })
                if received.contains("another clausewise") && begun.elapsed() < Duration::from_secs(10) =>
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            done => return done,
        }
    }
}

fn opened(data: &Path, encoder: &Arc<Encoder>) -> Engine {
    unlocked(|| Engine::open(data, embedders(encoder), Access::Change)).unwrap()
}

fn reindex(
    data: &Path,
    embedders: Embedders,
    mut progress: impl FnMut(&Plan, usize) -> ControlFlow<()>,
) -> clausewise::Result<Reindexed> {
    unlocked(|| clausewise::reindex::reindex(data, embedders.clone(), &mut progress))
}

/// The same but for rounding: texts are encoded in other company. Hits that close to each other may change places, and
/// at the end of the list one may come in for another.
fn assert_same(found: &Answers, expected: &Answers) {
    const CLOSE: f32 = 1e-4;
    let close = |a: &[f32], b: &[f32]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < CLOSE);
    let scores = |hits: &[(String, [f32; 5])]| hits.iter().map(|(_, values)| values[0]).collect::<Vec<_>>();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let last = expected.last().map_or(0.0, |(_, values)| values[0]);
        assert!(close(&scores(found), &scores(expected)), "{found:?}, expected {expected:?}");
        for (id, values) in found {
            match expected.iter().find(|(other, _)| other == id) {
                Some((_, others)) => assert!(close(values, others), "{id}: {values:?}, expected {others:?}"),
                None => assert!((values[0] - last).abs() < CLOSE, "{id} in {found:?}, expected {expected:?}"),
            }
        }
    }
}

fn program(data: &Path, model: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clausewise"));
    command.arg("--data-dir").arg(data).arg("--model").arg(model);
    command
}

fn run(data: &Path, model: &Path, arguments: &[&str]) -> Output {
    program(data, model).args(arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Lines of JSON on standard output.
fn lines(output: &Output) -> Vec<Value> {
    String::from_utf8(output.stdout.clone()).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// How many texts are kept for a model that the store is not of yet.
fn kept(data: &Path) -> i64 {
    let database = rusqlite::Connection::open(data.join("clausewise.sqlite")).unwrap();
    database.query_row("SELECT count(*) FROM next_vectors", [], |row| row.get(0)).unwrap()
}

/// Names of the tables, and the keys of `meta`.
fn layout(data: &Path) -> Vec<String> {
    let database = rusqlite::Connection::open(data.join("clausewise.sqlite")).unwrap();
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' UNION ALL SELECT key FROM meta ORDER BY 1";
    let mut names = database.prepare(names).unwrap();
    names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn afterwards_searches_answer_as_if_the_documents_had_been_taken_in_with_the_new_model() {
    let data = samples();
    let before = (answers(&opened(data.path(), &MODELS.shipped)), layout(data.path()));
    let output = run(data.path(), &MODELS.other_path(), &["reindex", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let lines = lines(&output);
    let texts = &lines[0]["texts"];
    assert_eq!(
        (&lines[0]["from"], &lines[0]["to"]),
        (&MODELS.shipped.model_id().into(), &MODELS.other.model_id().into())
    );
    assert!(lines.len() >= 4, "a line each batch: {lines:?}");
    let summary = &lines.last().unwrap()["summary"];
    assert_eq!((&summary["status"], &summary["encoded"], &summary["kept"]), (&"switched".into(), texts, &0.into()));
    assert_eq!(stderr(&output), "", "nothing to warn of");
    assert_eq!(layout(data.path()), before.1, "nothing is left of the side tables");

    let reindexed = opened(data.path(), &MODELS.other);
    assert_ne!(*FRESH, before.0, "the test is about a model that answers otherwise");
    assert_same(&answers(&reindexed), &FRESH);
    assert_eq!(reindexed.index_size(), (texts.as_u64().unwrap() as usize, 0), "the graph is ready");
    assert!(!reindexed.build_index().unwrap(), "nothing is left to be built");

    // What was stored goes on being changed, and back it goes the same way.
    assert_eq!(reindexed.remove(&["taian-2018".to_owned()]).unwrap(), [true]);
    let files = [PathBuf::from(ROOT).join("corpus/taian-2018.txt")];
    take_in(&reindexed, &files);
    assert_same(&answers(&reindexed), &FRESH);
    drop(reindexed);
    let back = reindex(data.path(), embedders(&MODELS.shipped), |_, _| ControlFlow::Continue(())).unwrap();
    assert!(matches!(back, Reindexed::Switched { index_built: true, .. }), "{back:?}");
    assert_same(&answers(&opened(data.path(), &MODELS.shipped)), &before.0);
}

/// Starts a reindexing to the other model, waits for so many lines of its output and so long, and kills it. All the
/// lines that it printed: those that came before the kill count, read or not.
fn kill(data: &Path, lines: usize, milliseconds: u64) -> Vec<Value> {
    let mut command = program(data, &MODELS.other_path());
    command.args(["reindex", "--json"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut printed: Vec<String> = output.by_ref().take(lines).collect();
    std::thread::sleep(Duration::from_millis(milliseconds));
    child.kill().unwrap();
    child.wait().unwrap();
    printed.extend(output);
    printed.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_kill_while_texts_are_encoded_costs_neither_the_store_nor_what_was_encoded() {
    let data = samples();
    let before = answers(&opened(data.path(), &MODELS.shipped));
    let mut acknowledged = 0;
    // At once, while it begins, and after the first batch: the first line says what there is to do.
    for (lines, milliseconds) in [(0, 30), (0, 500), (1, 0), (2, 0)] {
        let printed = kill(data.path(), lines, milliseconds);
        acknowledged = printed.iter().filter_map(|line| line["done"].as_i64()).fold(acknowledged, i64::max);
        let engine = opened(data.path(), &MODELS.shipped);
        assert_eq!(answers(&engine), before, "the old model answers as ever");
        let begun = layout(data.path()).iter().any(|name| name == "reindex_model");
        let kept = if begun { kept(data.path()) } else { 0 };
        assert!(kept >= acknowledged, "{kept} of {acknowledged}");
    }
    assert!(acknowledged > 0, "the test is about encoded texts");

    let output = run(data.path(), &MODELS.other_path(), &["reindex", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let lines = lines(&output);
    let summary = &lines.last().unwrap()["summary"];
    let [texts, kept, encoded] =
        [&lines[0]["texts"], &summary["kept"], &summary["encoded"]].map(|n| n.as_i64().unwrap());
    assert!(kept >= acknowledged && encoded < texts && kept + encoded == texts, "{lines:?}");
    assert_same(&answers(&opened(data.path(), &MODELS.other)), &FRESH);
}

#[test]
fn a_kill_at_the_switch_leaves_a_whole_store_of_one_of_the_two_models() {
    let ready = samples();
    let before = answers(&opened(ready.path(), &MODELS.shipped));
    let stopped = reindex(ready.path(), embedders(&MODELS.other), |plan, encoded| {
        if encoded == plan.texts { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let Reindexed::Stopped { encoded } = stopped.unwrap() else { panic!("it was to stop before the switch") };
    let mut switched = 0;
    let delays = [0, 2, 4, 7, 11, 16, 23, 40];
    for milliseconds in delays {
        let data = tempfile::tempdir().unwrap();
        copy_folder(ready.path(), data.path());
        kill(data.path(), 1, milliseconds);
        match unlocked(|| Engine::open(data.path(), embedders(&MODELS.shipped), Access::Change)) {
            Ok(engine) => {
                assert_eq!(answers(&engine), before, "after {milliseconds} ms");
                assert_eq!(kept(data.path()), encoded as i64, "after {milliseconds} ms");
            }
            Err(error) => {
                assert!(error.to_string().contains(MODELS.other.model_id()), "{error}");
                let engine = opened(data.path(), &MODELS.other);
                assert_same(&answers(&engine), &FRESH);
                assert_eq!((engine.index().len(), engine.lexical().len()), (encoded, encoded));
                switched += 1;
            }
        }
        let ended = reindex(data.path(), embedders(&MODELS.other), |_, encoded| {
            assert_eq!(encoded, 0, "all of it was encoded");
            ControlFlow::Continue(())
        });
        assert!(!matches!(ended.unwrap(), Reindexed::Stopped { .. }));
        assert_same(&answers(&opened(data.path(), &MODELS.other)), &FRESH);
    }
    println!("{switched} of {} were killed after the switch", delays.len());
}

#[test]
fn documents_that_come_and_go_between_two_runs_are_in_the_result_and_nothing_is_encoded_twice() {
    let data = samples();
    let stopped = reindex(data.path(), embedders(&MODELS.other), |_, encoded| {
        if encoded > 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(stopped.unwrap(), Reindexed::Stopped { encoded: 256 });
    assert_eq!(kept(data.path()), 256);

    let engine = opened(data.path(), &MODELS.shipped);
    let first = engine.store().documents(&Default::default(), 0, 1).unwrap().0.remove(0).document_id;
    engine.remove(std::slice::from_ref(&first)).unwrap();
    let left = kept(data.path());
    assert!(left < 256, "what was encoded of {first} goes with it");
    let folder = tempfile::tempdir().unwrap();
    let new = folder.path().join("new.txt");
    std::fs::write(&new, "某市养犬管理条例\n第一条　养犬人应当及时清除犬只排泄物。\n").unwrap();
    take_in(&engine, &[new]);
    let (_, _, texts) = engine.store().counts().unwrap();
    drop(engine);

    let mut plans = Vec::new();
    let ended = reindex(data.path(), embedders(&MODELS.other), |plan, _| {
        plans.push(plan.clone());
        ControlFlow::Continue(())
    });
    assert_eq!((plans[0].kept, plans[0].texts), (left as usize, texts));
    assert!(texts < 256, "the test is about a store that has become too small for a graph, too");
    assert_eq!(ended.unwrap(), Reindexed::Switched { encoded: texts - left as usize, index_built: false });
    assert!(!data.path().join("index").exists(), "the graph of the old model is gone");
    let engine = opened(data.path(), &MODELS.other);
    let hits = engine.search(&Request::text("犬只粪便")).unwrap().hits;
    assert_eq!(hits[0].text, "养犬人应当及时清除犬只排泄物。");
    assert_eq!(engine.index().len(), texts);
}

#[test]
fn what_was_encoded_with_a_third_model_is_discarded_and_told() {
    let data = samples();
    let stop_after_one = |_: &_, encoded| if encoded > 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    reindex(data.path(), embedders(&MODELS.other), stop_after_one).unwrap();
    let third = MODELS.folder.path().join("third");
    copy_folder(&MODELS.other_path(), &third);
    let third = Arc::new(Encoder::load(&third, &EncoderOptions::default()).unwrap());
    let mut discarded = None;
    let stopped = reindex(data.path(), embedders(&third), |plan, _| {
        discarded = plan.discarded.clone();
        assert_eq!(plan.kept, 0);
        ControlFlow::Break(())
    });
    assert_eq!(stopped.unwrap(), Reindexed::Stopped { encoded: 0 });
    let discarded = discarded.unwrap();
    assert_eq!((discarded.model.as_str(), discarded.texts), (MODELS.other.model_id(), 256));
    assert_eq!(kept(data.path()), 0);
    answers(&opened(data.path(), &MODELS.shipped));
}

#[test]
fn a_model_that_is_refused_and_the_one_to_be_used_are_both_named_with_what_to_do() {
    let data = samples();
    for arguments in [["search", "质量"], ["remove", "taian-2018"]] {
        let output = run(data.path(), &MODELS.other_path(), &arguments);
        assert_eq!(output.status.code(), Some(1));
        let text = stderr(&output);
        for part in [
            format!("expected embeddings of the model {}", MODELS.other.model_id()),
            format!("received embeddings of the model {}", MODELS.shipped.model_id()),
            "run `clausewise reindex` to encode the documents again with the model at hand".to_owned(),
        ] {
            assert!(text.contains(&part), "{part} is missing in {text}");
        }
    }
}

#[test]
fn a_store_that_is_of_the_model_already_is_left_alone() {
    let data = samples();
    let file = data.path().join("clausewise.sqlite");
    let before = (std::fs::read(&file).unwrap(), std::fs::metadata(&file).unwrap().modified().unwrap());
    let output = run(data.path(), Path::new(SHIPPED), &["reindex"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let said = format!("nothing to do: the documents are encoded with {}\n", MODELS.shipped.model_id());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), said);
    let output = run(data.path(), Path::new(SHIPPED), &["reindex", "--json"]);
    assert_eq!(lines(&output)[0]["summary"]["status"], "unchanged");
    assert!((std::fs::read(&file).unwrap(), std::fs::metadata(&file).unwrap().modified().unwrap()) == before);
}

#[test]
fn a_data_directory_in_use_without_a_store_or_of_another_version_is_refused() {
    let data = samples();
    let lock = std::fs::File::open(data.path().join("lock")).unwrap();
    lock.lock().unwrap();
    let output = run(data.path(), &MODELS.other_path(), &["reindex"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("held by another clausewise"), "{}", stderr(&output));
    drop(lock);

    let nowhere = data.path().join("nowhere");
    let output = run(&nowhere, &MODELS.other_path(), &["reindex"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("add some with `clausewise ingest PATH`"), "{}", stderr(&output));
    assert!(!nowhere.exists(), "a wrong path is not made");

    let database = rusqlite::Connection::open(data.path().join("clausewise.sqlite")).unwrap();
    database.execute("UPDATE meta SET value = '1' WHERE key = 'schema_version'", []).unwrap();
    drop(database);
    let output = run(data.path(), &MODELS.other_path(), &["reindex"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("expected a store of version 3"), "{}", stderr(&output));
}

#[test]
fn a_reader_with_the_old_model_answers_until_the_switch_and_is_refused_from_then_on() {
    let data = samples();
    let reader = Engine::open(data.path(), embedders(&MODELS.shipped), Access::Read).unwrap();
    let mut last = Vec::new();
    let ended = reindex(data.path(), embedders(&MODELS.other), |_, _| {
        last = answers(&reader);
        ControlFlow::Continue(())
    });
    assert!(matches!(ended.unwrap(), Reindexed::Switched { .. }));
    assert_same(&last, &answers_of_samples());
    let error = reader.search(&Request::text(QUERIES[0])).unwrap_err();
    assert!(matches!(error, Error::DataDirectory { .. }), "{error}");
    assert!(error.to_string().contains(MODELS.other.model_id()), "{error}");
}

fn answers_of_samples() -> Answers {
    answers(&Engine::open(samples().path(), embedders(&MODELS.shipped), Access::Read).unwrap())
}
