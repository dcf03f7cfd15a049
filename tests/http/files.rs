//! Answers of the jobs as files.

use std::io::{Cursor, Read};

use serde_json::{Value, json};

use crate::client::{self, Answer, file};
use crate::duplicates::{DOGS, ended};
use crate::fixture::{SAMPLES, Server};

const DRAFT: &str = "推行消费争议先行赔付。宠物墓园每夜由机器人播放摇篮曲。";

/// Asks for the outcome of a job with these query parameters.
type Job<'a> = &'a dyn Fn(&str) -> Answer;

/// The parts of a ZIP container, joined.
fn parts(answer: &Answer) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(&answer.body)).unwrap();
    let mut text = String::new();
    for part in 0..archive.len() {
        let mut bytes = Vec::new();
        archive.by_index(part).unwrap().read_to_end(&mut bytes).unwrap();
        text.push_str(&String::from_utf8_lossy(&bytes));
    }
    text
}

/// What a file tells, markup and all.
fn content(answer: &Answer, format: &str) -> String {
    match format {
        "xlsx" | "docx" => parts(answer),
        _ => answer.text(),
    }
}

#[test]
fn every_job_gives_every_format_which_names_the_corpus_the_model_and_the_settings() {
    let copies = Server::start();
    copies.add("north", DOGS[0]);
    copies.add("south", DOGS[1]);
    ended(&copies, &copies.post("/v1/duplicates", &json!({})).expect(202));
    let compare = json!({"left": {"document_id": "taian-2018"}, "right": {"text": DRAFT, "name": "draft"}});
    let jobs: [(&str, Job<'_>, &str); 5] = [
        ("check", &|query| SAMPLES.post(&format!("/v1/check?{query}"), &json!({"text": DRAFT})), "limit"),
        (
            "equivalents",
            &|query| SAMPLES.post(&format!("/v1/equivalents?{query}"), &json!({"query": "推行消费争议先行赔付"})),
            "min_probability",
        ),
        (
            "equivalents",
            &|query| {
                SAMPLES.post(&format!("/v1/equivalents/matrix?{query}"), &json!({"outline": "推行消费争议先行赔付"}))
            },
            "province",
        ),
        ("compare", &|query| SAMPLES.post(&format!("/v1/compare?{query}"), &compare), ""),
        ("duplicates", &|query| copies.get(&format!("/v1/clusters?{query}")), "threshold"),
    ];
    for (name, job, setting) in jobs {
        for (format, media_type) in [
            ("csv", "text/csv; charset=utf-8"),
            ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
            ("html", "text/html; charset=utf-8"),
            ("json", "application/json"),
            ("ndjson", "application/x-ndjson"),
        ] {
            let answer = job(&format!("format={format}"));
            assert_eq!(answer.status, 200, "{name} {format} {}", answer.text());
            assert_eq!(answer.header("content-type"), Some(media_type));
            let attachment = format!("attachment; filename=\"{name}.{format}\"");
            assert_eq!(answer.header("content-disposition"), Some(attachment.as_str()));
            let content = content(&answer, format);
            assert!(content.contains("clausewise-e5-small-zh-en@"), "{name} {format} names no model");
            assert!(content.contains(setting), "{name} {format} names no settings");
            assert!(content.contains("20") && content.to_lowercase().contains("clausewise "), "{name} {format}");
        }
        let english = job("format=html&language=english").text();
        assert!(english.contains("<dt>Model</dt>") && english.contains("lang=\"en\""), "{name}");
    }
}

#[test]
fn a_file_names_every_restriction_of_the_documents_that_were_looked_at() {
    let body = json!({
        "query": "推行消费争议先行赔付", "exclude_documents": ["taian-2018"], "exclude_regions": ["湖北"],
        "filter": {"exclude_families": ["某|某|某办法"], "versions": "newest", "levels": ["prefecture", "province"]},
    });
    let told = SAMPLES.post("/v1/equivalents?format=html&language=english", &body).text();
    for setting in ["taian-2018", "exclude_regions", "湖北", "exclude_families", "某|某|某办法", "newest", "prefecture"]
    {
        assert!(told.contains(setting), "{setting}");
    }
}

#[test]
fn a_file_tells_what_the_answer_tells() {
    let answer = SAMPLES.post("/v1/check", &json!({"text": DRAFT})).expect(200);
    let lines = SAMPLES.post("/v1/check?format=ndjson", &json!({"text": DRAFT})).text();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2 + answer["clauses"].as_array().unwrap().len());
    assert_eq!(lines[1]["precedents"], answer["clauses"][0]["precedents"]);
    assert_eq!(lines.last().unwrap()["summary"], answer["summary"]);
    assert_eq!(lines[0]["about"]["documents"], 5);
    let table = SAMPLES.post("/v1/check?format=csv", &json!({"text": DRAFT})).text();
    let precedents: usize =
        answer["clauses"].as_array().unwrap().iter().map(|clause| clause["precedents"].as_array().unwrap().len()).sum();
    let rows = table.lines().filter(|line| line.starts_with("推行消费争议") || line.starts_with("宠物墓园")).count();
    assert_eq!(rows, precedents, "{table}");
    assert!(table.contains("未见先例") && table.contains("有先例"), "{table}");
}

#[test]
fn a_format_that_there_is_not_is_refused_with_those_there_are() {
    let refusal = SAMPLES.post("/v1/check?format=pdf", &json!({"text": DRAFT})).problem(422, "invalid_value");
    assert!(refusal["detail"].as_str().unwrap().contains("xlsx"), "{refusal}");
    assert_eq!(SAMPLES.get("/v1/clusters?format=odt").status, 422);
}

#[test]
fn the_text_of_a_file_is_read_and_nothing_is_stored() {
    let url = SAMPLES.url("/v1/texts");
    let office =
        |name: &str| std::fs::read(format!("{}/tests/fixtures/office/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let before = SAMPLES.get("/v1/documents").expect(200)["total"].clone();
    for name in ["statute.txt", "statute-libreoffice.docx", "statute-libreoffice.pdf"] {
        let read = client::post_form(&url, &[file(name, &office(name))]).expect(200);
        assert_eq!(read["name"], name);
        assert!(read["text"].as_str().unwrap().contains("第一条"), "{name} {read}");
    }
    // What is read can be compared with what is stored.
    let text =
        client::post_form(&url, &[file("C:\\a\\b.html", "<p>推行消费争议先行赔付。</p>".as_bytes())]).expect(200);
    assert_eq!((&text["name"], text["text"].as_str().unwrap().trim()), (&json!("b.html"), "推行消费争议先行赔付。"));
    assert_eq!(SAMPLES.get("/v1/documents").expect(200)["total"], before);

    let two = [file("a.txt", b"a"), file("b.txt", b"b")];
    assert_eq!(client::post_form(&url, &two).problem(422, "invalid_value")["received"], "several");
    assert_eq!(client::post_form(&url, &[]).problem(422, "invalid_value")["field"], "file");
    let many = [file("a.jsonl", b"{\"document_id\":\"a\",\"text\":\"x\"}\n{\"document_id\":\"b\",\"text\":\"y\"}\n")];
    client::post_form(&url, &many).problem(422, "unreadable_document");
    client::post_form(&url, &[file("a.pdf", &office("scan.pdf"))]).problem(422, "unreadable_document");
    let metadata = client::Part { name: "metadata", file: None, bytes: b"{}" };
    let refused = client::post_form(&url, &[file("a.txt", b"a"), metadata]).problem(422, "invalid_value");
    assert_eq!((&refused["field"], &refused["expected"]), (&json!("metadata"), &json!("a part with a file name")));
    SAMPLES.post("/v1/texts", &json!({"text": "x"})).problem(415, "unsupported_media_type");
}
