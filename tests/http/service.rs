//! The service under load, in trouble, and at its end.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use clausewise::http::Options;
use serde_json::{Value, json};

use crate::client;
use crate::fixture::{SAMPLES, gated};

const TEXT: &str = "第一条　养犬人应当为犬只办理登记。";

fn search(base: &str) -> client::Answer {
    client::post_json(&format!("{base}/v1/search"), &json!({"query": "办理登记"}))
}

/// A search whose connection the test holds in its hand.
fn search_by_hand(base: &str) -> TcpStream {
    let mut stream = TcpStream::connect(base.trim_start_matches("http://")).unwrap();
    let body = json!({"query": "办理登记"}).to_string();
    let head = "POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    stream
}

fn add(base: &str, id: &str) -> client::Answer {
    client::post_json(&format!("{base}/v1/documents"), &json!({"document_id": id, "text": TEXT}))
}

#[test]
fn health_and_readiness_tell_what_runs() {
    let health = SAMPLES.get("/health").expect(200);
    assert_eq!(health, json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}));
    let ready = SAMPLES.get("/ready").expect(200);
    assert_eq!((&ready["documents"], &ready["index"]), (&json!(5), &json!("hnsw")));
    assert!(ready["model"].as_str().unwrap().starts_with("clausewise-e5-small-zh-en@"), "{ready}");
    assert!(ready["clauses"].as_u64().unwrap() > 500);
}

#[test]
fn searches_beyond_the_bound_are_refused_at_once_and_taken_again_later() {
    let (server, gate) = gated(Options { searches: 1, ..Options::default() });
    gate.close();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| search(&server.base));
        gate.wait_for(1);
        let asked = Instant::now();
        let refused = search(&server.base);
        assert!(asked.elapsed() < Duration::from_secs(10), "the refusal waited");
        refused.problem(503, "busy");
        assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
        server.get("/v1/documents").problem(503, "busy");
        assert_eq!(server.get("/health").status, 200);
        assert_eq!(server.get("/ready").status, 200);
        gate.open();
        first.join().unwrap().expect(200);
    });
    search(&server.base).expect(200);
}

#[test]
fn changes_beyond_the_bound_are_refused_at_once_while_searches_go_on() {
    let (server, gate) = gated(Options { changes: 1, ..Options::default() });
    gate.close();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| add(&server.base, "a"));
        gate.wait_for(1);
        let asked = Instant::now();
        for refused in [add(&server.base, "b"), server.delete("/v1/documents/a")] {
            refused.problem(503, "busy");
            assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
        }
        assert!(asked.elapsed() < Duration::from_secs(10), "the refusals waited");
        server.get("/v1/documents").expect(200);
        gate.open();
        first.join().unwrap().expect(201);
    });
    assert_eq!(server.delete("/v1/documents/a").status, 204);
}

#[test]
fn work_whose_client_went_away_still_counts_until_it_ends() {
    let (server, gate) = gated(Options { searches: 1, ..Options::default() });
    gate.close();
    let stream = search_by_hand(&server.base);
    gate.wait_for(1);
    drop(stream);
    std::thread::sleep(Duration::from_millis(200));
    search(&server.base).problem(503, "busy");
    gate.open();
    let deadline = Instant::now() + Duration::from_secs(30);
    while search(&server.base).status == 503 {
        assert!(Instant::now() < deadline, "its place was never given back");
    }
    search(&server.base).expect(200);
}

#[test]
fn a_shutdown_takes_no_new_connections_and_finishes_what_is_running() {
    let (mut server, gate) = gated(Options::default());
    add(&server.base, "登记").expect(201);
    gate.close();
    let base = server.base.clone();
    let search = std::thread::spawn(move || search(&base));
    gate.wait_for(1);
    server.stop();
    let address = server.base.trim_start_matches("http://").to_owned();
    let deadline = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(&address).is_ok() {
        assert!(Instant::now() < deadline, "connections are still taken");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(!server.ended(), "the server left a request behind");
    gate.open();
    assert_eq!(search.join().unwrap().expect(200)["hits"][0]["document_id"], "登记");
    server.wait().unwrap();
}

#[test]
fn a_shutdown_does_not_wait_for_ever() {
    let grace = Duration::from_millis(300);
    let (mut server, gate) = gated(Options { shutdown_grace: grace, ..Options::default() });
    gate.close();
    let stream = search_by_hand(&server.base);
    gate.wait_for(1);
    let asked = Instant::now();
    server.stop();
    server.wait().unwrap();
    assert!((grace..Duration::from_secs(20)).contains(&asked.elapsed()), "{:?}", asked.elapsed());
    let mut line = String::new();
    let _ = BufReader::new(&stream).read_line(&mut line);
    assert_eq!(line, "", "the request that was cut off got an answer");
    gate.open();
}

#[test]
fn a_fault_of_the_service_is_a_problem_without_its_cause_and_the_next_request_is_answered() {
    let (server, _gate) = gated(Options { searches: 1, ..Options::default() });
    let answer = client::post_json(&server.url("/v1/search"), &json!({"query": "恐慌"}));
    let problem = answer.problem(500, "internal");
    assert!(!answer.text().contains("a text that panics"), "{problem}");
    search(&server.base).expect(200);
    let added =
        client::post_json(&server.url("/v1/documents"), &json!({"document_id": "a", "text": "第一条　不得引发恐慌。"}));
    added.problem(500, "internal");
    add(&server.base, "登记").expect(201);
    assert_eq!(server.documents(), 1);
}

#[test]
fn concurrent_changes_all_take_effect() {
    let (server, _gate) = gated(Options { changes: 64, ..Options::default() });
    std::thread::scope(|scope| {
        for n in 0..12 {
            let server = &server;
            scope.spawn(move || {
                let text = format!("第一条　第{n}类机构应当在{n}日内办理登记。");
                let body = json!({"document_id": format!("document {n}"), "text": text});
                server.post("/v1/documents", &body).expect(201);
                let hits = server.search(&json!({"query": text, "limit": 100}));
                let own = |hit: &&Value| hit["document_id"] == format!("document {n}");
                assert!(hits.iter().any(|hit| own(&hit)), "document {n} is not found after it was added");
            });
        }
    });
    assert_eq!(server.documents(), 12);
}

#[test]
fn no_answer_may_be_taken_for_another_type() {
    for path in ["/health", "/v1/documents", "/nothing", "/docs/", "/openapi.json", "/v1/documents/nothing"] {
        assert_eq!(SAMPLES.get(path).header("x-content-type-options"), Some("nosniff"), "{path}");
    }
}
