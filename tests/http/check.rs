//! Drafts checked against the sample documents.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use clausewise::http::Options;
use serde_json::{Value, json};

use crate::client::{self, Part, file};
use crate::fixture::{SAMPLES, Server, gated, sample_files};

/// A sentence of a stored document, one that no document has, a formula, a figure of one's own.
const DRAFT: &str = "鼓励企业投保产品、工程、服务质量相关保险,健全质量保证金制度,推行消费争议先行赔付。\
                     宠物墓园每夜由机器人巡逻，并为流浪猫播放摇篮曲。\
                     到2025年，农产品质量安全例行监测合格率达到60%以上。\
                     本意见自印发之日起施行，有效期5年。";

fn clauses(answer: &Value) -> &Vec<Value> {
    answer["clauses"].as_array().unwrap_or_else(|| panic!("no clauses in {answer}"))
}

fn sample(name: &str) -> String {
    let path = sample_files().into_iter().find(|path| path.file_stem().unwrap() == name).unwrap();
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn every_clause_of_a_draft_has_a_verdict_its_precedents_and_what_differs() {
    let answer = SAMPLES.post("/v1/check", &json!({"text": DRAFT})).expect(200);
    let found = clauses(&answer);
    assert_eq!(found.iter().map(|clause| clause["text"].as_str().unwrap()).collect::<String>(), DRAFT);
    let verdicts: Vec<&str> = found.iter().map(|clause| clause["verdict"].as_str().unwrap()).collect();
    assert_eq!(&verdicts[..3], ["precedented", "novel", "precedented"], "{answer:#}");
    let characters: Vec<char> = DRAFT.chars().collect();
    for (ordinal, clause) in found.iter().enumerate() {
        assert_eq!((&clause["ordinal"], &clause["of"]), (&json!(ordinal), &json!(4)));
        let place = |key: &str| clause["span"][key].as_u64().unwrap() as usize;
        assert_eq!(
            characters[place("start")..place("end")].iter().collect::<String>(),
            clause["text"].as_str().unwrap()
        );
        assert_eq!(clause["precedents"].as_array().unwrap().len(), 5);
    }
    let best = &found[0]["precedents"][0];
    assert_eq!((&best["document_id"], &best["relation"]), (&json!("zaozhuang-2024"), &json!("verbatim")));
    assert!(best["difference"]["edits"].as_array().unwrap().iter().all(|edit| edit["kind"] == "equal"), "{best}");
    assert!(!best["highlights"].as_array().unwrap().is_empty());
    assert_eq!(found[0]["copied"][0]["start"], 0);
    assert!(found[1]["copied"].as_array().unwrap().is_empty());
    assert_eq!(found[3]["formula"], "effective");

    let summary = &answer["summary"];
    assert_eq!((&summary["clauses"], &summary["formulas"]), (&json!(4), &json!(1)));
    assert_eq!((&summary["precedented"], &summary["related"], &summary["novel"]), (&json!(2), &json!(0), &json!(1)));
    assert_eq!(summary["coverage"], 0.6667);
    let verbatim = summary["verbatim_share"].as_f64().unwrap();
    assert!((0.3..0.8).contains(&verbatim), "{summary}");
    assert_eq!(summary["novel_clauses"][0]["ordinal"], 1);
    let figure = &summary["figures"][0];
    assert_eq!(
        (&figure["ordinal"], &figure["draft"]["text"], &figure["unit"]),
        (&json!(2), &json!("60%以上"), &json!("%"))
    );
    assert!(figure["lowest"].as_f64().unwrap() > 60.0 && figure["outside"] == true, "{figure}");
    for of in figure["precedents"].as_array().unwrap() {
        assert!(
            of["lower"].as_f64() >= figure["lowest"].as_f64() && of["upper"].as_f64() <= figure["highest"].as_f64()
        );
    }
    assert_eq!(summary["same_documents"], json!([]), "a copied sentence is a quotation");
}

#[test]
fn the_precedents_of_a_clause_are_the_hits_of_a_search_for_it_at_most_three_of_one_document() {
    let text = "健全质量保证金制度，推行消费争议先行赔付。";
    let answer = SAMPLES.post("/v1/check", &json!({"text": text, "limit": 10})).expect(200);
    let precedents = clauses(&answer)[0]["precedents"].as_array().unwrap();
    let mut of_document: HashMap<&str, usize> = HashMap::new();
    let hits = SAMPLES.search(&json!({"query": text, "limit": 1000, "explain": true}));
    let mut expected: Vec<&Value> = hits
        .iter()
        .filter(|hit| {
            let count = of_document.entry(hit["document_id"].as_str().unwrap()).or_default();
            *count += 1;
            *count <= 3
        })
        .take(10)
        .collect();
    assert_eq!(precedents.len(), 10);
    // Those that may be cited come first.
    expected.sort_by_key(|hit| matches!(hit["relation"].as_str(), Some("related" | "none")));
    for (precedent, hit) in precedents.iter().zip(expected) {
        for key in ["clause_id", "score", "probability", "relation", "difference", "highlights"] {
            assert_eq!(precedent[key], hit[key], "{key}");
        }
    }
}

#[test]
fn a_stream_has_a_line_for_every_clause_in_reading_order_and_the_summary_at_last() {
    let text: String = sample("zaozhuang-2024").chars().take(1500).collect();
    let body = json!({"text": text, "limit": 2});
    let whole = SAMPLES.post("/v1/check", &body).expect(200);
    let streamed =
        client::send("POST", &SAMPLES.url("/v1/check"), &[("accept", "application/x-ndjson")], &body.to_string());
    assert_eq!((streamed.status, streamed.header("content-type")), (200, Some("application/x-ndjson")));
    let lines: Vec<Value> = streamed.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (last, lines) = lines.split_last().unwrap();
    assert!(lines.len() > 20);
    assert_eq!(
        lines.iter().map(|line| &line["clause"]).collect::<Vec<_>>(),
        clauses(&whole).iter().collect::<Vec<_>>()
    );
    assert_eq!((&last["summary"], &last["model"]), (&whole["summary"], &whole["model"]));
}

#[test]
fn a_draft_that_is_stored_is_recognised_and_can_be_excluded_by_id_or_by_region() {
    let text: String = sample("zaozhuang-2024").chars().skip(200).take(1200).collect();
    let check = |more: Value| {
        let mut body = json!({"text": text, "limit": 3});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        SAMPLES.post("/v1/check", &body).expect(200)
    };
    let answer = check(json!({}));
    assert_eq!(answer["summary"]["same_documents"], json!(["zaozhuang-2024"]), "{:#}", answer["summary"]);
    assert!(answer["summary"]["verbatim_share"].as_f64().unwrap() > 0.95);
    let first = &answer["summary"]["documents"][0];
    assert_eq!((&first["document_id"], &first["same"]), (&json!("zaozhuang-2024"), &json!(true)));
    for exclusion in [json!({"exclude_documents": ["zaozhuang-2024"]}), json!({"exclude_regions": ["山东"]})] {
        let other = check(exclusion.clone());
        assert_eq!(other["summary"]["same_documents"], json!([]), "{exclusion}");
        assert!(other["summary"]["verbatim_share"].as_f64() < answer["summary"]["verbatim_share"].as_f64());
        for precedent in clauses(&other).iter().flat_map(|clause| clause["precedents"].as_array().unwrap()) {
            assert_ne!(precedent["document_id"], "zaozhuang-2024");
            assert!(exclusion["exclude_regions"].is_null() || precedent["region"]["province"] != "山东");
        }
    }
    let filtered = check(json!({"filter": {"documents": ["taian-2018"]}}));
    assert!(filtered["summary"]["documents"].as_array().unwrap().iter().all(|d| d["document_id"] == "taian-2018"));
}

#[test]
fn formulas_are_not_searched_for_when_that_is_asked_and_improbable_precedents_can_be_left_out() {
    let body = json!({"text": DRAFT, "exclude_formulas": true, "min_probability": 0.5});
    let answer = SAMPLES.post("/v1/check", &body).expect(200);
    let found = clauses(&answer);
    assert_eq!((&found[3]["formula"], &found[3]["precedents"]), (&json!("effective"), &json!([])));
    assert_eq!(found[1]["precedents"], json!([]));
    assert!(found[0]["precedents"].as_array().unwrap().iter().all(|hit| hit["probability"].as_f64().unwrap() >= 0.5));
    assert_eq!((&answer["summary"]["formulas"], &answer["summary"]["novel"]), (&json!(1), &json!(1)));
}

#[test]
fn the_sources_of_the_clauses_come_to_those_of_the_summary() {
    let text: String = sample("taian-2018").chars().take(1500).collect();
    let answer = SAMPLES.post("/v1/check", &json!({"text": text, "limit": 1})).expect(200);
    let mut of_document: HashMap<&str, (u64, u64)> = HashMap::new();
    let mut characters = 0;
    for clause in clauses(&answer).iter().filter(|clause| clause["formula"].is_null()) {
        let of_clause = clause["characters"].as_u64().unwrap();
        characters += of_clause;
        let sources = clause["sources"].as_array().unwrap();
        assert_eq!(clause["documents"], sources.len());
        for source in sources {
            let sum = of_document.entry(source["document_id"].as_str().unwrap()).or_default();
            *sum = (sum.0 + 1, sum.1 + of_clause);
            for span in source["copied"].as_array().unwrap() {
                let of_any = |all: &Value| {
                    all["start"].as_u64() <= span["start"].as_u64() && all["end"].as_u64() >= span["end"].as_u64()
                };
                assert!(clause["copied"].as_array().unwrap().iter().any(of_any), "{span} in {clause}");
            }
        }
    }
    let summary = &answer["summary"];
    assert_eq!(summary["characters"], characters);
    let documents = summary["documents"].as_array().unwrap();
    assert_eq!(documents.len(), of_document.len());
    for document in documents {
        let (clauses, of_clauses) = of_document[document["document_id"].as_str().unwrap()];
        assert_eq!(document["clauses"], clauses);
        assert!((document["share"].as_f64().unwrap() - of_clauses as f64 / characters as f64).abs() < 1e-4);
    }
}

#[test]
fn clauses_that_are_excluded_are_told_without_precedents_and_count_in_no_ratio() {
    let body = json!({"text": DRAFT, "exclude_clauses": [0, 3, 0]});
    let answer = SAMPLES.post("/v1/check", &body).expect(200);
    let found = clauses(&answer);
    assert_eq!(found.iter().map(|clause| &clause["excluded"]).collect::<Vec<_>>(), [true, false, false, true]);
    for clause in [&found[0], &found[3]] {
        assert_eq!(
            (&clause["precedents"], &clause["sources"], &clause["copied"]),
            (&json!([]), &json!([]), &json!([]))
        );
    }
    assert!(!found[1]["precedents"].as_array().unwrap().is_empty());
    let summary = &answer["summary"];
    let counts = ["clauses", "formulas", "excluded", "precedented", "related", "novel"].map(|key| &summary[key]);
    assert_eq!(counts, [4, 0, 2, 1, 0, 1]);
    let [one, other] = [1, 2].map(|i: usize| found[i]["characters"].as_u64().unwrap());
    // 产品质量安全例行监测合格率达到 stands in a precedent.
    assert_eq!(found[2]["copied"].as_array().unwrap().len(), 1);
    let share = (15.0 / (one + other) as f64 * 1e4).round() / 1e4;
    assert_eq!((&summary["coverage"], &summary["verbatim_share"]), (&json!(0.5), &json!(share)));
    assert_eq!(summary["characters"], one + other);
    let field = |bytes| Part { name: "exclude_clauses", file: None, bytes };
    let url = SAMPLES.url("/v1/check");
    let posted = client::post_form(&url, &[field(b"0"), field(b"3"), file("草案.txt", DRAFT.as_bytes())]).expect(200);
    assert_eq!(posted["summary"], *summary);
    let file = SAMPLES.post("/v1/check?format=html", &body).text();
    assert!(file.contains("不计入的条款") && file.contains("exclude_clauses"), "{file}");
}

#[test]
fn a_draft_comes_as_a_file_with_the_same_fields() {
    let url = SAMPLES.url("/v1/check");
    let field = |name, bytes| Part { name, file: None, bytes };
    let form = [
        field("limit", "2".as_bytes()),
        field("exclude_documents", "taian-2018".as_bytes()),
        field("exclude_documents", "xianning-2016".as_bytes()),
        field("filter", r#"{"levels": ["prefecture"]}"#.as_bytes()),
        file("草案.txt", DRAFT.as_bytes()),
    ];
    let posted = client::post_form(&url, &form).expect(200);
    let body = json!({"text": DRAFT, "limit": 2, "exclude_documents": ["taian-2018", "xianning-2016"],
                      "filter": {"levels": ["prefecture"]}});
    assert_eq!(posted["clauses"], SAMPLES.post("/v1/check", &body).expect(200)["clauses"]);
    for (form, name) in [
        (vec![field("limit", b"many"), file("a.txt", DRAFT.as_bytes())], "limit"),
        (vec![field("colour", b"red"), file("a.txt", DRAFT.as_bytes())], "colour"),
        (vec![file("a.txt", DRAFT.as_bytes()), file("b.txt", DRAFT.as_bytes())], "file"),
        (vec![field("limit", b"3")], "text"),
    ] {
        assert_eq!(client::post_form(&url, &form).problem(422, "invalid_value")["field"], name);
    }
    client::post_form(&url, &[file("a.txt", b"%PDF-1.7")]).problem(422, "unreadable_document");
}

#[test]
fn nothing_of_a_form_is_dropped_or_misread() {
    let url = SAMPLES.url("/v1/check");
    let part = |name: &'static str, bytes: &'static [u8]| Part { name, file: None, bytes };
    let draft = || file("a.txt", "健全制度。".as_bytes());
    for (form, field) in [
        ([draft(), part("text", "加强监管。".as_bytes())], "text"),
        ([part("text", "加强监管。".as_bytes()), draft()], "file"),
        ([part("limit", b"1"), part("limit", b"2")], "limit"),
    ] {
        assert_eq!(client::post_form(&url, &form).problem(422, "invalid_value")["field"], field);
    }
    let (gb18030, _, _) = encoding_rs::GB18030.encode("停车场应当公示收费标准。");
    let answer = client::post_form(&url, &[Part { name: "text", file: None, bytes: &gb18030 }]).expect(200);
    assert_eq!(answer["clauses"][0]["text"], "停车场应当公示收费标准。");
    let twice = [file("a.txt", b"text"), part("metadata", b"{}"), part("metadata", b"{}")];
    let problem = client::post_form(&SAMPLES.url("/v1/documents"), &twice).problem(422, "invalid_value");
    assert_eq!(problem["field"], "metadata");
}

#[test]
fn a_check_outside_its_bounds_is_refused_before_any_work_in_either_form() {
    let many = "健全制度。".repeat(2001);
    let cases = [
        (json!({"text": DRAFT, "limit": 0}), "limit", "1 to 50"),
        (json!({"text": DRAFT, "limit": 51}), "limit", "1 to 50"),
        (json!({"text": " \n"}), "text", "a text with at least one sentence"),
        (json!({"text": many}), "text", "at most 2000 clauses"),
        (json!({"text": "甲".repeat(400_000)}), "text", "at most 1048576 bytes of UTF-8"),
        (json!({"limit": 3}), "text", "a value"),
        (
            json!({"text": DRAFT, "exclude_clauses": [1, 4]}),
            "exclude_clauses",
            "ordinals of the draft's clauses, 0 to 3",
        ),
        (json!({"text": DRAFT, "min_probability": 2.0}), "min_probability", "0 to 1"),
        (json!({"text": DRAFT, "filter": {"date_from": "2020"}}), "filter.date_from", "a date as in 2024-06-18"),
        (json!(["text"]), "body", "an object with a text"),
    ];
    for (body, field, expected) in cases {
        for accept in ["application/json", "application/x-ndjson"] {
            let answer = client::send("POST", &SAMPLES.url("/v1/check"), &[("accept", accept)], &body.to_string());
            let problem = answer.problem(422, "invalid_value");
            assert_eq!((&problem["field"], &problem["expected"]), (&json!(field), &json!(expected)));
        }
    }
    client::post(&SAMPLES.url("/v1/check"), "text/plain", b"text").problem(415, "unsupported_media_type");
}

#[test]
fn checks_beyond_the_bound_are_refused_at_once_while_searches_go_on_and_taken_again_later() {
    let (server, gate) = gated(Options { checks: 1, ..Options::default() });
    server.add("a", "第一条　养犬人应当为犬只办理登记。");
    let check = || server.post("/v1/check", &json!({"text": "养犬人应当办理登记。"}));
    gate.close();
    std::thread::scope(|scope| {
        let first = scope.spawn(check);
        gate.wait_for(1);
        check().problem(503, "busy");
        assert_eq!(server.get("/v1/documents").status, 200);
        gate.open();
        assert_eq!(clauses(&first.join().unwrap().expect(200)).len(), 1);
    });
    // The place is given back when the work has ended, which is a moment after its answer.
    let later = (0..100).map(|_| check()).find(|answer| {
        std::thread::sleep(Duration::from_millis(20));
        answer.status != 503
    });
    later.expect("a check is taken again").expect(200);
}

#[test]
fn a_failure_midway_is_a_problem_of_its_own_in_either_form() {
    let (server, _gate) = gated(Options::default());
    server.add("a", "第一条　养犬人应当为犬只办理登记。");
    let panics = format!("{}这里有恐慌。", "养犬人应当为犬只办理登记，并及时清除犬只排泄物。".repeat(40));
    let body = json!({"text": panics});
    server.post("/v1/check", &body).problem(500, "internal");
    let streamed =
        client::send("POST", &server.url("/v1/check"), &[("accept", "application/x-ndjson")], &body.to_string());
    let last: Value = serde_json::from_str(streamed.text().lines().last().unwrap()).unwrap();
    assert!(streamed.status == 500 || last.get("summary").is_none(), "{last}");
    server.post("/v1/check", &json!({"text": "养犬人应当办理登记。"})).expect(200);
}

/// Tokens that a server has encoded.
fn tokens(server: &Server) -> f64 {
    let metrics = server.get("/metrics").text();
    let line = metrics.lines().find(|line| line.starts_with("clausewise_encoder_tokens_total")).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn the_work_stops_when_the_client_of_lines_goes_away() {
    stops("/v1/check", |_, _, mut reader| {
        let mut line = String::new();
        while !line.contains("\"clause\"") {
            line.clear();
            assert!(reader.read_line(&mut line).unwrap() > 0, "no line came");
        }
    });
}

#[test]
fn the_work_stops_when_the_client_of_a_file_goes_away() {
    stops("/v1/check?format=csv", |server, before, _reader| {
        let asked = Instant::now();
        while tokens(server) == before {
            assert!(asked.elapsed() < Duration::from_secs(60), "nothing is encoded");
            std::thread::sleep(Duration::from_millis(5));
        }
    });
}

/// Asks for a long check, goes away when `wait` returns, and sees that the work ends early.
fn stops(path: &str, wait: impl Fn(&Server, f64, BufReader<TcpStream>)) {
    let (server, _gate) = gated(Options { checks: 1, ..Options::default() });
    server.add("a", "第一条　养犬人应当为犬只办理登记。");
    let text: String = sample_files().iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let body = json!({"text": text}).to_string();
    let before = tokens(&server);
    let mut stream = TcpStream::connect(server.base.trim_start_matches("http://")).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/x-ndjson\r\nContent-Type: application/json\r\n"
    );
    write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    wait(&server, before, BufReader::new(stream));
    let asked = Instant::now();
    while server.post("/v1/check", &json!({"text": "养犬人应当办理登记。"})).status != 200 {
        assert!(asked.elapsed() < Duration::from_secs(60), "the check still runs");
        std::thread::sleep(Duration::from_millis(50));
    }
    let encoded = tokens(&server) - before;
    assert!(encoded < 0.3 * text.chars().count() as f64, "{encoded} tokens of {} characters", text.chars().count());
}

#[test]
fn a_client_that_reads_slowly_gets_every_line() {
    let text: String = sample("taian-2018").chars().take(1500).collect();
    let body = json!({"text": text, "limit": 1}).to_string();
    let mut stream = TcpStream::connect(SAMPLES.base.trim_start_matches("http://")).unwrap();
    let head = "POST /v1/check HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: application/x-ndjson\r\n\
                Content-Type: application/json\r\n";
    write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut received = Vec::new();
    let mut part = [0; 2048];
    loop {
        let count = stream.read(&mut part).unwrap();
        if count == 0 {
            break;
        }
        received.extend_from_slice(&part[..count]);
        std::thread::sleep(Duration::from_millis(2));
    }
    let received = String::from_utf8_lossy(&received);
    assert!(received.contains("\"summary\""), "{received}");
    let of = clauses(&SAMPLES.post("/v1/check", &json!({"text": text, "limit": 1})).expect(200)).len();
    assert_eq!(received.matches("{\"clause\":").count(), of);
}
