//! The program as its user runs it: arguments in, text, JSON and an exit code out.

mod support;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use support::copy_folder;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

struct Program {
    folder: tempfile::TempDir,
}

impl Program {
    fn new() -> Program {
        Program { folder: tempfile::tempdir().unwrap() }
    }

    /// With the sample documents, which are encoded once for all tests.
    fn with_samples() -> Program {
        static SAMPLES: OnceLock<Program> = OnceLock::new();
        let samples = SAMPLES.get_or_init(|| {
            let program = Program::new();
            let output = program.run(&["ingest", &format!("{ROOT}/corpus")]);
            assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
            program
        });
        let program = Program::new();
        copy_folder(&samples.path("data"), &program.path("data"));
        program
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), bytes).unwrap();
        self.path(name).to_string_lossy().into_owned()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_clausewise"));
        command.current_dir(self.folder.path()).env("CLAUSEWISE_DATA_DIR", self.path("data"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().unwrap()
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {} {}", stdout(output), stderr(output)))
}

#[test]
fn the_sample_documents_are_taken_in_and_a_query_is_answered_by_other_documents() {
    let program = Program::new();
    let output = program.run(&["ingest", &format!("{ROOT}/corpus")]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    for line in [
        "added      neimenggu-2023  (10 sections, 33 articles",
        "added      huairen-2023  (9 sections, 33 articles",
        "added      xianning-2016  (5 sections, 21 articles",
        "added      taian-2018  (6 sections, 24 articles",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
    let query = ["search", "推行消费争议先行赔付", "--exclude-document", "zaozhuang-2024", "--limit", "3"];
    let hits = json(&program.run(&[&query[..], &["--json"]].concat()))["hits"].take();
    assert_eq!(hits[0]["document_id"], "neimenggu-2023");
    assert!(hits[0]["text"].as_str().unwrap().contains("推动消费争议先行赔付"), "{hits}");
    assert!(hits.as_array().unwrap().iter().all(|hit| hit["document_id"] != "zaozhuang-2024"));
    let text = stdout(&program.run(&query));
    assert!(text.contains("《质量强区建设纲要》") && text.contains("3 hits in"), "{text}");
}

#[test]
fn clauses_like_a_stored_one_come_from_other_documents_unless_its_own_is_asked_for() {
    let program = Program::with_samples();
    let other = json(&program.run(&["similar", "zaozhuang-2024:10", "--json"]));
    let hits = other["hits"].as_array().unwrap();
    assert_eq!(hits.len(), 10);
    assert!(hits.iter().all(|hit| hit["document_id"] != "zaozhuang-2024"));
    let own = json(&program.run(&["similar", "zaozhuang-2024:10", "--include-own-document", "--json"]));
    assert_eq!(own["hits"][0]["clause_id"], "zaozhuang-2024:10");
}

#[test]
fn a_draft_is_printed_clause_by_clause_with_what_it_comes_to_and_its_own_document_can_be_left_out() {
    let program = Program::with_samples();
    let text = "健全质量保证金制度，推行消费争议先行赔付。宠物墓园每夜由机器人巡逻，并为流浪猫播放摇篮曲。\n";
    let draft = program.write("draft.txt", text);
    let printed = stdout(&program.run(&["check", &draft]));
    for part in
        ["1/2  precedented", "2/2  novel", "[zaozhuang-2024:", "precedented           1  50% of the clauses", "Novel:"]
    {
        assert!(printed.contains(part), "{part} is missing in\n{printed}");
    }
    let answer = json(&program.run(&["check", &draft, "--json", "--limit", "2", "--exclude-region", "山东"]));
    for clause in answer["clauses"].as_array().unwrap() {
        assert_eq!(clause["precedents"].as_array().unwrap().len(), 2);
        assert!(clause["precedents"].as_array().unwrap().iter().all(|hit| hit["region"]["province"] != "山东"));
    }
    assert_eq!(answer["summary"]["clauses"], 2);

    let stored = std::fs::read(format!("{ROOT}/corpus/zaozhuang-2024.txt")).unwrap();
    let mut command = program.command();
    command.args(["check", "-", "--limit", "1"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(&stored).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(stdout(&output).contains("--exclude-document zaozhuang-2024 leaves it out"), "{}", stdout(&output));

    let refused = program.run(&["check", &draft, "--limit", "51"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("limit: expected 1 to 50, received 51"), "{}", stderr(&refused));
    assert_eq!(program.run(&["check", "nothing.txt"]).status.code(), Some(1));
}

#[test]
fn a_second_ingest_of_the_same_files_changes_nothing() {
    let program = Program::with_samples();
    let output = program.run(&["ingest", &format!("{ROOT}/corpus")]);
    assert!(stdout(&output).contains("0 added, 0 replaced, 5 unchanged"), "{}", stdout(&output));
    let copy = program.write("copy.txt", std::fs::read(format!("{ROOT}/corpus/taian-2018.txt")).unwrap());
    let output = program.run(&["ingest", &copy]);
    assert!(stdout(&output).contains("same content as taian-2018"), "{}", stdout(&output));
    assert!(stdout(&program.run(&["documents"])).ends_with("5 of 5 documents\n"));
}

#[test]
fn every_refused_file_is_named_with_its_reason_and_the_exit_code_says_so() {
    let program = Program::new();
    let folder = program.path("files");
    std::fs::create_dir(&folder).unwrap();
    for (name, bytes) in [
        ("good.txt", "某市养犬管理条例\n第一条　养犬人应当及时清除犬只排泄物。\n".as_bytes()),
        ("binary.txt", b"%PDF-1.7\x00\x01\x02"),
        ("empty.txt", b""),
        ("invalid.txt", b"\xff\xff\xff\xfe\xff abc"),
        ("picture.png", b"\x89PNG"),
    ] {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    let output = program.run(&["ingest", "files"]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(text.contains("1 added, 0 replaced, 0 unchanged"), "{text}");
    for name in ["binary.txt", "empty.txt", "invalid.txt"] {
        assert!(text.contains(&format!("{name}: not a readable document: expected")), "{name} in {text}");
    }
    assert!(text.contains("picture.png: expected .txt, .md, .html"), "{text}");
}

const LINES: &str = "{\"document_id\": \"登记\", \"text\": \"养犬人应当办理登记。\"}\n{\"document_id\": 1}\n\
                     {\"document_id\": \"免疫\", \"text\": \"犬只应当定期免疫。\", \"title\": \"乙市办法\"}\n";

#[test]
fn files_that_were_renamed_in_a_row_lose_no_text() {
    let program = Program::new();
    std::fs::create_dir(program.path("files")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(program.path("files").join(name), text).unwrap();
    write("z.txt", "养犬人应当及时清除犬只粪便。");
    assert_eq!(program.run(&["ingest", "files"]).status.code(), Some(0));
    // More than a batch between the one that has its text now and the one that has another.
    write("a.txt", "养犬人应当及时清除犬只粪便。");
    for number in 0..40 {
        write(&format!("m{number:02}.txt"), &format!("第{number}类机构应当在{number}日内办理登记。"));
    }
    write("z.txt", "生活垃圾应当分类投放。");
    let output = program.run(&["ingest", "files"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let lines = stdout(&output);
    for line in ["duplicate  a", "replaced   z", "added      a"] {
        assert_eq!(lines.lines().filter(|l| l.starts_with(line)).count(), 1, "{line}: {lines}");
    }
    let documents = json(&program.run(&["documents", "--json"]));
    assert_eq!(documents["total"], 42);
    let hits = json(&program.run(&["search", "清除犬只粪便", "--json"]));
    assert_eq!(hits["hits"][0]["document_id"], "a", "{hits}");
}

#[cfg(unix)]
#[test]
fn what_cannot_be_looked_at_in_a_folder_is_refused_by_name_and_stops_nothing() {
    let program = Program::new();
    std::fs::create_dir(program.path("files")).unwrap();
    std::fs::write(program.path("files/good.txt"), "养犬人应当及时清除犬只粪便。").unwrap();
    // As an editor leaves one while a file is open; two others that lead nowhere; a loop.
    for (name, target) in
        [(".#good.txt", "user@host.1"), ("gone.txt", "nothing"), ("gone.bak", "nothing"), ("loop", ".")]
    {
        std::os::unix::fs::symlink(target, program.path("files").join(name)).unwrap();
    }
    // Reading a pipe that nobody writes to would wait for ever.
    assert!(Command::new("mkfifo").arg(program.path("files/pipe.txt")).status().unwrap().success());
    let output = program.run(&["ingest", "files"]);
    assert_eq!(output.status.code(), Some(1));
    let (said, refused) = (stdout(&output), stderr(&output));
    let all = format!("{said}\n{refused}");
    assert!(said.contains("added      good"), "{all}");
    for name in ["files/gone.txt", "files/loop", "gone.bak", "pipe.txt"] {
        assert!(all.contains(name), "{name}: {all}");
    }
    assert!(!all.contains(".#good"), "{all}");
    assert_eq!(json(&program.run(&["documents", "--json"]))["total"], 1);
}

#[test]
fn a_file_of_many_documents_is_taken_in_line_by_line() {
    let program = Program::new();
    let file = program.write("全部.jsonl", LINES);
    let output = program.run(&["ingest", &file, "--json"]);
    assert_eq!(output.status.code(), Some(1), "a line was refused");
    let lines: Vec<serde_json::Value> =
        stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> = lines.iter().map(|line| (line["name"].as_str(), line["status"].as_str())).collect();
    assert_eq!(
        told[..3],
        [(Some("登记"), Some("added")), (Some("line 2"), Some("refused")), (Some("免疫"), Some("added"))]
    );
    assert!(
        lines[1]["reason"].as_str().unwrap().contains("document_id: expected a string, received 1"),
        "{}",
        lines[1]
    );
    assert_eq!(lines[3]["summary"]["refused"][0]["name"], "line 2");
    let text = stdout(&program.run(&["ingest", &file]));
    assert!(text.contains("全部.jsonl: line 2: document_id") && text.contains("2 unchanged"), "{text}");
    assert!(stdout(&program.run(&["documents"])).contains("免疫  乙市办法"));
}

#[test]
fn a_dry_run_prints_how_documents_would_be_read_and_writes_nothing() {
    let program = Program::new();
    program.write("全部.jsonl", LINES);
    program.write("图.png", b"\x89PNG");
    program.write("旧.txt", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
    std::fs::copy(format!("{ROOT}/corpus/huairen-2023.txt"), program.path("怀仁.txt")).unwrap();
    let output = program.run(&["ingest", "--dry-run", "--model", "no such model", "."]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let text = stdout(&output);
    for line in [
        "怀仁  怀仁市人民政府关于印发全面推进质量强市建设实施方案的通知\n",
        "  number     怀政发〔2023〕29号\n",
        "  一、总体要求  [",
        "    (一)推进质量链产业链深度融合  [",
        "登记  (not stated)\n",
        "refused    ./全部.jsonl: line 2: document_id: expected a string",
        "refused    ./旧.txt: not a readable document: expected a .docx file",
        "skipped    ./图.png",
        "3 documents would be taken in, 2 refused, 1 skipped; nothing was written",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
    assert!(!program.path("data").exists());

    let output = program.run(&["ingest", "--dry-run", "--json", "怀仁.txt"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let lines: Vec<serde_json::Value> =
        stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let document = &lines[0];
    assert_eq!((&document["counts"]["sections"], &document["counts"]["articles"]), (&9.into(), &33.into()));
    assert_eq!(document["metadata"]["date"], "2023-06-22");
    let articles = document["articles"].as_array().unwrap();
    let clauses: u64 = articles.iter().map(|article| article["clauses"].as_u64().unwrap()).sum();
    assert_eq!(document["counts"]["clauses"], clauses);
    assert_eq!(lines[1]["summary"]["documents"], 1);
}

#[test]
fn two_files_of_one_name_are_not_mixed_up() {
    let program = Program::new();
    for (folder, text) in [("a", "甲市应当建立质量奖励制度。"), ("b", "乙市应当建立质量追溯制度。")]
    {
        std::fs::create_dir_all(program.path("files").join(folder)).unwrap();
        std::fs::write(program.path("files").join(folder).join("rules.txt"), text).unwrap();
    }
    let output = program.run(&["ingest", "files"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stdout(&output).contains("rules.txt: document id: expected a file name that no other file"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn text_in_gb18030_is_read_as_the_same_text_in_utf_8_is() {
    let program = Program::new();
    let text = "某市养犬管理条例\n第一条　养犬人应当及时清除犬只排泄物。\n";
    let (bytes, _, _) = encoding_rs::GB18030.encode(text);
    let file = program.write("gb.txt", bytes);
    assert_eq!(program.run(&["ingest", &file]).status.code(), Some(0));
    let hits = json(&program.run(&["search", "犬只粪便", "--json"]))["hits"].take();
    assert_eq!(hits[0]["text"], "养犬人应当及时清除犬只排泄物。");
    assert_eq!(hits[0]["document_title"], "某市养犬管理条例");
}

#[test]
fn a_removed_document_is_not_found_any_more() {
    let program = Program::with_samples();
    assert_eq!(program.run(&["remove", "taian-2018"]).status.code(), Some(0));
    assert_eq!(program.run(&["remove", "taian-2018"]).status.code(), Some(1));
    let hits = json(&program.run(&["search", "培育泰山品牌", "--limit", "100", "--json"]))["hits"].take();
    assert!(hits.as_array().unwrap().iter().all(|hit| hit["document_id"] != "taian-2018"));
}

#[test]
fn wrong_values_are_refused_with_what_was_expected() {
    let program = Program::with_samples();
    for (arguments, code, message) in [
        (vec!["search", "x", "--limit", "0"], 1, "limit: expected 1 to 1000, received 0"),
        (vec!["search", "x", "--limit", "100000"], 1, "limit: expected 1 to 1000, received 100000"),
        (vec!["search", "  "], 1, "query: expected 1 to 20000 characters"),
        (vec!["search", "x", "--date-from", "2024"], 1, "date_from: expected a date as in 2024-06-18, received 2024"),
        (vec!["search", "x", "--min-probability", "2"], 1, "min_probability: expected 0 to 1, received 2"),
        (vec!["search", "x", "--unit", "page"], 2, "[possible values: clause, article]"),
        (vec!["similar", "nowhere:3"], 1, "no clause with the id \"nowhere:3\""),
        (vec!["similar", "nowhere"], 1, "clause_id: expected a document id, a colon and a number"),
        (vec!["documents", "nowhere"], 1, "no document with the id \"nowhere\""),
        (vec!["ingest", "/nowhere"], 1, "/nowhere"),
        (vec!["--model", "/nowhere", "search", "x"], 1, "model /nowhere: expected a model folder"),
        (vec!["frobnicate"], 2, "unrecognized subcommand"),
    ] {
        let output = program.run(&arguments);
        assert_eq!(output.status.code(), Some(code), "{:?}: {}", arguments[0], stderr(&output));
        assert!(stderr(&output).contains(message), "{message} is missing in {}", stderr(&output));
    }
    let mut child =
        program.command().args(["search", "-"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all("长".repeat(100_000).as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("(100000 characters)"), "{}", stderr(&output));

    let output = program.run(&["search", "x", "--limit", "0", "--json"]);
    let error: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["error"]["code"], "invalid_value");
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_settings_file() {
    let program = Program::with_samples();
    let hits = |command: &mut Command| json(&command.output().unwrap())["hits"].as_array().unwrap().len();
    program.write("clausewise.toml", "limit = 4\njson = true\n");
    assert_eq!(hits(program.command().args(["search", "质量"])), 4);
    assert_eq!(hits(program.command().env("CLAUSEWISE_LIMIT", "3").args(["search", "质量"])), 3);
    assert_eq!(hits(program.command().env("CLAUSEWISE_LIMIT", "3").args(["search", "质量", "--limit", "2"])), 2);
    program.write("other.toml", "limits = 4\n");
    let output = program.run(&["--config", "other.toml", "search", "质量"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("received the key \"limits\""), "{}", stderr(&output));
}

#[test]
fn a_data_directory_in_use_missing_or_of_another_model_is_refused() {
    let program = Program::new();
    let output = program.run(&["search", "x"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("add some with `clausewise ingest PATH`"), "{}", stderr(&output));

    let file = program.write("a.txt", "养犬人应当及时清除犬只排泄物。");
    assert_eq!(program.run(&["ingest", &file]).status.code(), Some(0));
    let lock = std::fs::File::open(program.path("data").join("lock")).unwrap();
    lock.lock().unwrap();
    let output = program.run(&["ingest", &file]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("held by another clausewise"), "{}", stderr(&output));
    assert_eq!(program.run(&["search", "犬"]).status.code(), Some(0), "reading goes on beside a writer");
    drop(lock);

    let model = program.path("other-model");
    copy_folder(&Path::new(ROOT).join("models/clausewise-e5-small-zh-en"), &model);
    let config = std::fs::read_to_string(model.join("config.json")).unwrap();
    std::fs::write(model.join("config.json"), config + "\n").unwrap();
    let output = program.run(&["--model", "other-model", "search", "x"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("expected embeddings of the model other-model"), "{}", stderr(&output));
}

#[test]
fn probabilities_are_by_the_calibration_in_the_folder_of_the_model() {
    let program = Program::with_samples();
    let name = "clausewise-e5-small-zh-en";
    // Of the same name: what bears on vectors is the same, so it is the same model.
    copy_folder(&Path::new(ROOT).join("models").join(name), &program.path(name));
    let search = || program.run(&["--model", name, "--json", "search", "推行消费争议先行赔付", "--limit", "1"]);
    let probability = |output: &Output| json(output)["hits"][0]["probability"].as_f64().unwrap();
    assert!(probability(&search()) > 0.9);
    let file = program.path(name).join("calibration.json");
    std::fs::write(&file, r#"{"about": [], "constant": -30.0, "weights": [["forward", 1.0]]}"#).unwrap();
    assert!(probability(&search()) < 0.01);
    std::fs::write(&file, "[]").unwrap();
    let output = search();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("calibration.json"), "{}", stderr(&output));
    std::fs::remove_file(&file).unwrap();
    let output = search();
    assert!(probability(&output) > 0.9, "the shipped one stands in");
    assert!(stderr(&output).contains("no calibration.json"), "{}", stderr(&output));
}

#[test]
fn a_truncated_index_is_built_again_and_a_read_does_without_it() {
    let program = Program::with_samples();
    let before = json(&program.run(&["search", "检验检测", "--json"]))["hits"].take();
    let graph = program.path("data/index/generation-1/graph.bin");
    let bytes = std::fs::read(&graph).unwrap();
    std::fs::write(&graph, &bytes[..bytes.len() / 3]).unwrap();
    assert_eq!(json(&program.run(&["search", "检验检测", "--json"]))["hits"], before);
    let output = program.run(&["ingest", &format!("{ROOT}/corpus")]);
    assert!(stdout(&output).contains("index built"), "{}", stdout(&output));
    assert!(program.path("data/index/generation-2/graph.bin").exists());
}

#[cfg(unix)]
#[test]
fn a_server_whose_index_cannot_be_saved_answers_all_the_same() {
    let program = Program::with_samples();
    std::fs::remove_dir_all(program.path("data/index")).unwrap();
    program.write("data/index", "no folder");
    let mut server = Served::start(&program, &[]);
    assert_eq!(server.line_with("ready")["documents"], 5);
    assert_eq!(server.get("/ready").0, 200);
    assert_eq!(server.interrupt().0, Some(0));
    // What was taken in is told although the index that is due then cannot be saved.
    let output = program.run(&["ingest", &program.write("new.txt", "养犬人应当及时清除犬只粪便。")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("added      new"), "{}", stdout(&output));
    assert!(stdout(&output).contains("6 documents"), "{}", stdout(&output));
}

#[test]
fn a_port_in_use_is_told_before_anything_is_done() {
    let program = Program::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = program.run(&["serve", "--listen", &address]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains(&format!("listening on {address}")), "{}", stderr(&output));
    assert!(!program.path("data").exists());
}

/// A server of the program, and its lines of JSON as they come.
struct Served {
    child: std::process::Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    base: String,
    first: serde_json::Value,
}

impl Served {
    fn start(program: &Program, arguments: &[&str]) -> Served {
        let all = [&["serve", "--listen", "127.0.0.1:0", "--json"], arguments].concat();
        let mut child = program.command().args(&all).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        Served { child, lines, base: first["listening"].as_str().unwrap().to_owned(), first }
    }

    fn get(&self, path: &str) -> (u16, serde_json::Value) {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut answer = agent.get(format!("{}{path}", self.base)).call().unwrap();
        (answer.status().as_u16(), answer.body_mut().read_json().unwrap())
    }

    /// The next line that has the member.
    fn line_with(&mut self, member: &str) -> serde_json::Value {
        let parsed = self.lines.by_ref().map(|line| serde_json::from_str::<serde_json::Value>(&line.unwrap()).unwrap());
        parsed.into_iter().find(|line| line.get(member).is_some()).unwrap_or_else(|| panic!("no line with {member}"))
    }

    /// Stops it as Ctrl-C does; its exit code and the lines that were not read.
    fn interrupt(mut self) -> (Option<i32>, Vec<String>) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let rest = self.lines.by_ref().map(Result::unwrap).collect();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
#[test]
fn a_server_answers_while_it_takes_its_corpus_in_and_says_when_it_is_ready() {
    let program = Program::new();
    let mut server = Served::start(&program, &["--corpus", &format!("{ROOT}/corpus")]);
    assert_eq!((&server.first["documents"], &server.first["documents_to_take_in"]), (&0.into(), &5.into()));
    let (status, problem) = server.get("/ready");
    assert_eq!((status, &problem["code"]), (503, &"preparing".into()), "{problem}");
    assert_eq!(problem["progress"]["documents_total"], 5, "{problem}");
    assert_eq!(server.get("/health").0, 200);
    assert_eq!(server.get("/v1/documents").0, 200);
    let ready = server.line_with("ready");
    assert_eq!(ready["documents"], 5);
    let (status, answer) = server.get("/ready");
    assert_eq!((status, &answer["documents"], &answer["clauses"]), (200, &5.into(), &ready["clauses"]));
    let (code, rest) = server.interrupt();
    assert_eq!((code, rest), (Some(0), vec![]));

    // All of it is there: the next time there is nothing to take in.
    let mut server = Served::start(&program, &["--corpus", &format!("{ROOT}/corpus")]);
    assert_eq!(server.first["documents_to_take_in"], 0);
    assert_eq!(server.line_with("ready")["documents"], 5);
}

#[cfg(unix)]
#[test]
fn a_server_that_is_stopped_while_it_takes_documents_in_keeps_what_it_said_it_has() {
    let program = Program::new();
    std::fs::create_dir(program.path("files")).unwrap();
    for file in 0..60 {
        let text: String = (0..80).map(|n| format!("第{file}类机构应当在{n}日内办理第{}号登记。", file * n)).collect();
        std::fs::write(program.path("files").join(format!("{file:02}.txt")), text).unwrap();
    }
    let mut server = Served::start(&program, &["--corpus", "files"]);
    let first = server.line_with("status");
    assert_eq!(first["status"], "added");
    let (code, rest) = server.interrupt();
    assert_eq!(code, Some(0));
    let said = 1 + rest.iter().filter(|line| line.contains("\"status\":\"added\"")).count();
    assert!(said < 60, "it took everything in before it ended");
    assert!(rest.iter().all(|line| !line.contains("\"ready\"")), "{rest:?}");
    let there = json(&program.run(&["documents", "--json"]))["total"].as_u64().unwrap();
    assert_eq!(there, said as u64, "what is there is what was said");
}

#[test]
fn a_host_that_is_no_name_is_refused() {
    let program = Program::new();
    for (arguments, variable) in [(vec!["--allowed-host", "http://a.example"], ""), (vec![], "a.example:8080")] {
        let mut command = program.command();
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(&arguments);
        if !variable.is_empty() {
            command.env("CLAUSEWISE_ALLOWED_HOST", variable);
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("allowed_host: expected a host name or address"), "{}", stderr(&output));
    }
}

#[test]
fn a_very_long_line_is_taken_in_whole() {
    let program = Program::new();
    let sentence = |i: usize| format!("第{i}个工程应当在开工前完成质量安全评估并报市人民政府备案。");
    let text: String = (0..3000).map(|i| sentence(i % 50)).collect();
    let file = program.write("long.txt", text);
    let output = program.run(&["ingest", &file]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("3000 clauses"), "{}", stdout(&output));
}

#[test]
fn ablations_rank_the_same_queries_in_five_ways() {
    let program = Program::with_samples();
    let text = "鼓励大中型企业设立首席质量官";
    let query = serde_json::json!({
        "qid": "a", "kind": "text", "unit": "clause", "query": text, "query_doc": null,
        "matches": [{"doc": "xianning-2016", "text": text, "grade": 3}],
    });
    let file = program.write("judged.jsonl", format!("{query}\n"));
    let output = program.run(&["eval", "--ablations", &file]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let table = stdout(&output);
    let rankers: Vec<&str> = table.lines().skip(1).filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(rankers, ["bm25", "dense", "fusion", "late", "full"], "{table}");
    let output = program.run(&["--json", "eval", "--ablations", &file]);
    let rows: Vec<serde_json::Value> =
        stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // The words stand in the documents as they are, so that words alone find them, and so does the search itself.
    for ranker in ["bm25", "full"] {
        let row = rows.iter().find(|row| row["ranker"] == ranker).unwrap();
        assert_eq!((row["queries"].as_u64(), row["mrr"].as_f64()), (Some(1), Some(1.0)), "{row}");
    }
    let output = program.run(&["eval", "--ablations", "--samples", "out", &file]);
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
}

#[test]
fn equivalents_are_a_table_of_regions_and_regions_without_one_are_told() {
    let program = Program::with_samples();
    let query = "推行消费争议先行赔付";
    // Above what merely comes near: one region is to have none.
    let output = program.run(&["equivalents", query, "--found-from", "0.7"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.lines().any(|line| line.starts_with("region ") && line.contains("since")), "{text}");
    assert!(text.contains("none found among 1 documents") && text.contains("of 4 regions, 5 documents"), "{text}");
    let answer = json(&program.run(&["equivalents", query, "--found-from", "0.7", "--json"]));
    for row in answer["rows"].as_array().unwrap() {
        assert!(text.contains(row["hit"]["clause_id"].as_str().unwrap()), "{row} is missing in\n{text}");
    }
    let outline = program.write("outline.txt", format!("{query}\n对首次获得中国质量奖的企业给予奖励\n"));
    let text = stdout(&program.run(&["equivalents", "--outline", &outline]));
    assert!(text.contains("  1. 推行消费争议先行赔付") && text.lines().any(|line| line.contains(" of 2")), "{text}");
    let output = program.run(&["equivalents", "nothing:3"]);
    assert_eq!((output.status.code(), stderr(&output).contains("no clause with the id")), (Some(1), true));
    assert_eq!(program.run(&["equivalents"]).status.code(), Some(2));
}

#[test]
fn two_files_are_compared_without_a_data_directory_and_a_stored_document_by_its_id() {
    let program = Program::new();
    let old = "甲市养犬条例\n第一条　养犬人应当在三十日内办理养犬登记。\n第二条　携犬人应当立即清除犬只粪便。\n";
    let new = "甲市养犬条例\n第一条　市人民政府设置狂犬病疫苗接种点。\n第二条　养犬人应当在十五日内办理养犬登记。\n\
               第三条　携犬人应当立即清除犬只粪便。\n";
    let (old, new) = (program.write("old.txt", old), program.write("new.txt", new));
    let output = program.run(&["compare", &old, &new]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    for line in ["+ 第一条 市人民政府设置", "= 第一条 -> 第二条  edited", "    deadline: 三十日内 | 十五日内"]
    {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
    assert!(text.contains("第一条 -> 第二条, 第二条 -> 第三条") && text.contains("2 renumbered, 0 moved"), "{text}");
    assert!(!program.path("data").exists());
    let missing = program.run(&["compare", &old, "nothing"]);
    assert_eq!(missing.status.code(), Some(1));
    let program = Program::with_samples();
    let answer = json(&program.run(&["compare", "huairen-2023", "taian-2018", "--json"]));
    assert_eq!(
        (&answer["left"]["document_id"], &answer["right"]["document_id"]),
        (&"huairen-2023".into(), &"taian-2018".into())
    );
    let rows = answer["rows"].as_array().unwrap();
    assert!(rows.iter().filter(|row| row["kind"] == "aligned").count() > 20);
}

#[test]
fn a_job_that_writes_a_file_says_so_in_json_where_that_is_asked_for() {
    let program = Program::with_samples();
    let draft = program.write("draft.txt", "推行消费争议先行赔付制度。");
    let said = json(&program.run(&["--json", "check", &draft, "--out", "report.csv"]));
    assert_eq!(said["wrote"], "report.csv");
    assert_eq!(said["bytes"], std::fs::metadata(program.path("report.csv")).unwrap().len());
}

#[test]
fn a_text_that_ends_in_a_ratio_is_no_id_and_an_id_that_there_is_not_is_refused() {
    let program = Program::with_samples();
    let output = program.run(&["--json", "equivalents", "停车泊位配建比例不低于1:3"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for id in ["nowhere:3", "taian-2018:99999"] {
        let output = program.run(&["--json", "equivalents", id]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(id), "{}", stderr(&output));
    }
}

#[test]
fn standard_input_may_come_in_the_encodings_of_documents() {
    let program = Program::with_samples();
    let search = |bytes: &[u8]| {
        let mut child = program
            .command()
            .args(["search", "-", "--json"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        json(&child.wait_with_output().unwrap())["hits"].take()
    };
    let text = "推行消费争议先行赔付";
    let (gb18030, _, _) = encoding_rs::GB18030.encode(text);
    assert_eq!(search(&gb18030), search(text.as_bytes()));
}

#[test]
fn jobs_write_their_outcome_to_a_file_whose_ending_tells_the_format() {
    let program = Program::with_samples();
    let draft = program.write("草案.txt", "推行消费争议先行赔付。宠物墓园每夜由机器人播放摇篮曲。");
    let out = |name: &str| program.path(name).to_string_lossy().into_owned();
    for (name, arguments) in [
        ("check.docx", vec!["check", &draft]),
        ("regions.xlsx", vec!["equivalents", "推行消费争议先行赔付"]),
        ("compare.html", vec!["compare", "taian-2018", "huairen-2023"]),
        ("copies.csv", vec!["duplicates"]),
        ("check.ndjson", vec!["check", &draft]),
    ] {
        let output = program.run(&[arguments.as_slice(), &["--out", &out(name)]].concat());
        assert_eq!(output.status.code(), Some(0), "{name} {}", stderr(&output));
        assert_eq!(stdout(&output), format!("wrote {}\n", out(name)));
        assert!(std::fs::metadata(program.path(name)).unwrap().len() > 500, "{name}");
    }
    assert!(std::fs::read(program.path("check.docx")).unwrap().starts_with(b"PK"));
    let page = std::fs::read_to_string(program.path("compare.html")).unwrap();
    assert!(page.contains("泰安") && page.contains("怀仁"), "{page}");
    let wrong = program.run(&["check", &draft, "--out", &out("check.pdf")]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(stderr(&wrong).contains("one of csv, xlsx, docx, html, json, ndjson"), "{}", stderr(&wrong));
    let missing = program.run(&["check", &draft, "--out", &out("nowhere/check.csv")]);
    assert_eq!(missing.status.code(), Some(1), "{}", stdout(&missing));
}
