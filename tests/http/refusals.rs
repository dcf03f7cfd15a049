//! What is refused, and how that is said.

use std::io::{Read, Write};
use std::net::TcpStream;

use clausewise::http::Options;
use serde_json::json;

use crate::client::{self, Part, encode, file, post};
use crate::fixture::{SAMPLES, Server, embedders};

#[test]
fn a_search_outside_its_bounds_is_refused_with_the_field_at_fault() {
    let cases = [
        (json!({"query": "质量", "limit": 0}), "limit", "1 to 1000", "0"),
        (json!({"query": "质量", "limit": 100_000}), "limit", "1 to 1000", "100000"),
        (json!({"query": "质量", "limit": -1}), "limit", "a whole number, 0 or larger", "integer -1"),
        (json!({"query": "质量", "limit": "ten"}), "limit", "a whole number, 0 or larger", "string \"ten\""),
        (json!({"query": ""}), "query", "1 to 20000 characters, not only white space", "nothing but white space"),
        (json!({"query": "　\n"}), "query", "1 to 20000 characters, not only white space", "nothing but white space"),
        (json!({"limit": 3}), "query", "a value", "nothing"),
        (json!({"query": ["质量"]}), "query", "a string", "sequence"),
        (json!({"query": "质量", "unit": "page"}), "unit", "clause or article", "page"),
        (json!({"query": "质量", "group_by": "issuer"}), "group_by", "one of document, region, city", "issuer"),
        (json!({"query": "质量", "group_by": "region", "group_size": 0}), "group_size", "1 to 1000", "0"),
        (
            json!({"query": "质量", "group_by": "region", "limit": 100, "group_size": 11}),
            "group_size",
            "limit x group_size of at most 1000",
            "100 x 11",
        ),
        (json!({"query": "质量", "min_probability": 1.5}), "min_probability", "0 to 1", "1.5"),
        (
            json!({"query": "质量", "filter": {"levels": ["county", "city"]}}),
            "filter.levels[1]",
            "one of national, province, prefecture, county",
            "city",
        ),
        (
            json!({"query": "质量", "filter": {"date_from": "2020-13-01"}}),
            "filter.date_from",
            "a date as in 2024-06-18",
            "2020-13-01",
        ),
        (
            json!({"query": "质量", "filter": {"regions": ["山东", "山东生"]}}),
            "filter.regions",
            "a province, city or county (山东, 枣庄市, 山东省枣庄市峄城区), or a place that a document is of",
            "山东生; near to it: 山东省、山东",
        ),
        (json!(["质量"]), "body", "an object with a query", "sequence"),
        (json!({"query": "质量", "filter": []}), "filter", "an object", "sequence"),
    ];
    for (body, field, expected, received) in cases {
        let problem = SAMPLES.post("/v1/search", &body).problem(422, "invalid_value");
        assert_eq!(
            (&problem["field"], &problem["expected"], &problem["received"]),
            (&json!(field), &json!(expected), &json!(received)),
            "{body}"
        );
        assert_eq!(problem["detail"], format!("{field}: expected {expected}, received {received}"));
    }
}

#[test]
fn unknown_fields_and_parameters_are_refused_by_name() {
    let body = json!({"query": "质量", "top_k": 3});
    let problem = SAMPLES.post("/v1/search", &body).problem(422, "invalid_value");
    assert_eq!((&problem["field"], &problem["received"]), (&json!("top_k"), &json!("top_k")));
    assert!(problem["expected"].as_str().unwrap().contains("limit"), "{problem}");
    let body = json!({"query": "质量", "filter": {"level": "county"}});
    let problem = SAMPLES.post("/v1/search", &body).problem(422, "invalid_value");
    assert_eq!(problem["field"], "filter.level");
    for path in ["/v1/clauses/xianning-2016:12/similar?top_k=3", "/v1/documents?top_k=3"] {
        let problem = SAMPLES.get(path).problem(422, "invalid_value");
        assert_eq!(problem["field"], "top_k");
        assert!(problem["expected"].as_str().unwrap().contains("limit"), "{problem}");
    }
}

#[test]
fn parameters_outside_their_bounds_are_refused_with_the_parameter_at_fault() {
    let similar = "/v1/clauses/xianning-2016:12/similar";
    for (path, field, received) in [
        (format!("{similar}?limit=0"), "limit", "0"),
        (format!("{similar}?limit=100000"), "limit", "100000"),
        (format!("{similar}?limit=ten"), "limit", "\"ten\""),
        (format!("{similar}?limit=1&limit=2"), "limit", "several values"),
        (format!("{similar}?min_probability=NaN"), "min_probability", "NaN"),
        (format!("{similar}?levels=county,city"), "levels[1]", "city"),
        (format!("{similar}?date_to=yesterday"), "date_to", "yesterday"),
        ("/v1/documents?limit=0".to_owned(), "limit", "0"),
        ("/v1/documents?limit=1001".to_owned(), "limit", "1001"),
        ("/v1/documents?offset=-1".to_owned(), "offset", "\"-1\""),
        ("/v1/documents?date_from=2020-1-1".to_owned(), "date_from", "2020-1-1"),
    ] {
        let problem = SAMPLES.get(&path).problem(422, "invalid_value");
        assert_eq!((&problem["field"], &problem["received"]), (&json!(field), &json!(received)), "{path}");
    }
    SAMPLES.get("/v1/documents?regions=%E5%B1").problem(400, "malformed_request");
    SAMPLES.get("/v1/documents/%E5%B1").problem(400, "malformed_request");
}

#[test]
fn a_query_of_100_000_characters_is_refused_with_the_most_that_is_taken() {
    let problem = SAMPLES.post("/v1/search", &json!({"query": "质".repeat(100_000)})).problem(422, "invalid_value");
    assert_eq!(problem["field"], "query");
    assert!(problem["expected"].as_str().unwrap().contains("20000 characters"), "{problem}");
    let received = problem["received"].as_str().unwrap();
    assert!(received.ends_with("(100000 characters)") && received.chars().count() < 200, "{received}");
}

#[test]
fn what_is_not_there_is_not_found() {
    for path in [
        format!("/v1/documents/{}", encode("没有")),
        format!("/v1/clauses/{}", encode("没有:0")),
        format!("/v1/clauses/{}/similar", encode("没有:0")),
        "/v1/clauses/xianning-2016:99999".to_owned(),
        "/v1/clauses/xianning-2016:99999/similar".to_owned(),
    ] {
        SAMPLES.get(&path).problem(404, "not_found");
    }
    let problem = SAMPLES.delete(&format!("/v1/documents/{}", encode("没有"))).problem(404, "not_found");
    assert!(problem["detail"].as_str().unwrap().contains("没有"), "{problem}");
    let problem = SAMPLES.get("/v1/clauses/xianning-2016").problem(422, "invalid_value");
    assert_eq!(problem["field"], "clause_id");
}

#[test]
fn unknown_paths_and_wrong_methods_are_problems_too() {
    for path in ["/v2/search", "/v1", "/docs/nothing.js", "/v1/documents/a/b"] {
        let problem = SAMPLES.get(path).problem(404, "no_such_route");
        assert!(problem["detail"].as_str().unwrap().contains(path), "{problem}");
    }
    let answer = client::put(&SAMPLES.url("/v1/documents"));
    answer.problem(405, "method_not_allowed");
    let allowed = answer.header("allow").unwrap();
    assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
    SAMPLES.get("/v1/search").problem(405, "method_not_allowed");
}

#[test]
fn a_body_of_another_type_is_refused_with_the_types_that_are_taken() {
    for (path, content_type, expected, received) in [
        ("/v1/search", "text/plain", "application/json", "text/plain"),
        ("/v1/search", "", "application/json", "none"),
        ("/v1/search", "application/x-www-form-urlencoded", "application/json", "application/x-www-form-urlencoded"),
        ("/v1/documents", "text/plain", "application/json or multipart/form-data", "text/plain"),
    ] {
        let answer = post(&SAMPLES.url(path), content_type, br#"{"query": "a"}"#);
        let problem = answer.problem(415, "unsupported_media_type");
        assert_eq!((&problem["expected"], &problem["received"]), (&json!(expected), &json!(received)));
    }
    let answer =
        post(&SAMPLES.url("/v1/search"), "Application/JSON; charset=utf-8", "{\"query\": \"质量\"}".as_bytes());
    answer.expect(200);
}

#[test]
fn malformed_json_is_refused_with_the_place_of_the_fault() {
    for path in ["/v1/search", "/v1/documents"] {
        for body in ["", "{", "{\"query\": \"a\"} x", "{'query': 'a'}", "{\"query\": \"\\ud800\"}"] {
            let problem = post(&SAMPLES.url(path), "application/json", body.as_bytes()).problem(400, "malformed_json");
            assert!(problem["detail"].as_str().unwrap().contains("at line 1 column"), "{problem}");
        }
    }
    post(&SAMPLES.url("/v1/search"), "application/json", b"{\"query\": \"\xff\"}").problem(400, "malformed_json");
    let form = "multipart/form-data; boundary=x";
    post(&SAMPLES.url("/v1/documents"), form, b"--x\r\nno form").problem(400, "malformed_request");
    post(&SAMPLES.url("/v1/documents"), "multipart/form-data", b"--x--").problem(400, "malformed_request");
}

#[test]
fn a_body_that_is_too_large_is_refused_with_the_limit() {
    let body = json!({"query": "质".repeat(400_000)}).to_string();
    let answer = post(&SAMPLES.url("/v1/search"), "application/json", body.as_bytes());
    assert_eq!(answer.problem(413, "body_too_large")["expected"], "at most 1048576 bytes");

    let server = Server::with(embedders(), Options { document_body_bytes: 10_000, ..Options::default() });
    let text = "应当办理登记。".repeat(600_000);
    for answer in [
        server.post("/v1/documents", &json!({"document_id": "x", "text": text})),
        client::post_form(&server.url("/v1/documents"), &[file("x.txt", text.as_bytes())]),
    ] {
        assert_eq!(answer.problem(413, "body_too_large")["expected"], "at most 10000 bytes");
    }
    server.post("/v1/documents", &json!({"document_id": "x", "text": "应当办理登记。".repeat(400)})).expect(201);
}

#[test]
fn a_client_that_asks_before_it_sends_too_much_is_told_at_once() {
    let mut stream = TcpStream::connect(SAMPLES.base.trim_start_matches("http://")).unwrap();
    let head = "POST /v1/documents HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                Content-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
}

#[test]
fn a_file_that_is_no_text_is_refused_with_what_it_looks_like() {
    let server = Server::start();
    let before = server.documents();
    for (name, bytes, received) in [
        ("a.txt", &b"\x7fELF\x02\x01\x01\x00"[..], "a program"),
        ("a.txt", b"%PDF-1.7\n", "a damaged PDF file"),
        ("a.txt", b"", "an empty file"),
        ("a.txt", "　\n \n".as_bytes(), "a file of white space only"),
        ("a.txt", b"\xb5\xda\x00\x01\x02", "binary data (a NUL byte at byte 2)"),
        ("a.md", b"abc\xff\xff", "neither UTF-8 (from byte 3) nor GB18030"),
        ("a.txt", "……——".as_bytes(), "characters without one"),
        ("a.pdf", "第一条　应当办理登记。".as_bytes(), "something else under this name"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an OLE file"),
    ] {
        let answer = client::post_form(&server.url("/v1/documents"), &[file(name, bytes)]);
        let problem = answer.problem(422, "unreadable_document");
        assert!(problem["received"].as_str().unwrap().contains(received), "{name}: {problem}");
    }
    let problem = server.post("/v1/documents", &json!({"document_id": "a", "text": ""}));
    problem.problem(422, "unreadable_document");
    assert_eq!(server.documents(), before);
}

#[test]
fn a_posted_document_is_refused_with_the_field_at_fault() {
    let text = "第一条　应当办理登记。";
    let good = json!({"document_id": "a", "text": text});
    for (body, field) in [
        (json!({"text": text}), "document_id"),
        (json!({"document_id": "a"}), "text"),
        (json!({"document_id": "", "text": text}), "document_id"),
        (json!({"document_id": "长".repeat(201), "text": text}), "document_id"),
        (json!({"document_id": "a\nb", "text": text}), "document_id"),
        (json!({"document_id": "a", "text": text, "title": "x"}), "title"),
        (json!({"document_id": "a", "text": text, "metadata": {"date": "2020"}}), "metadata.date"),
        (json!({"document_id": "a", "text": text, "metadata": {"name": "x"}}), "metadata.name"),
        (json!([good, {"document_id": "b", "text": text, "metadata": {"level": "city"}}]), "[1].metadata.level"),
        (json!({"documents": [good, {"document_id": "b"}]}), "documents[1].text"),
        (json!({"documents": [good], "metadata": {}}), "metadata"),
        (json!({"documents": []}), "documents"),
        (json!([]), "documents"),
        (json!([["a", text]]), "[0]"),
        (json!({"document_id": "a", "text": text, "metadata": {"region": ["山东"]}}), "metadata.region"),
        (json!("text"), "body"),
    ] {
        let problem = SAMPLES.post("/v1/documents", &body).problem(422, "invalid_value");
        assert_eq!(problem["field"], field, "{body}: {problem}");
    }
}

#[test]
fn a_form_with_nothing_or_something_else_in_it_is_refused() {
    let form = |parts: &[Part<'_>]| client::post_form(&SAMPLES.url("/v1/documents"), parts);
    let field = |answer: client::Answer| answer.problem(422, "invalid_value")["field"].clone();
    let part = |name, bytes| Part { name, file: None, bytes };
    let good = || file("a.txt", "第一条　应当办理登记。".as_bytes());
    assert_eq!(field(form(&[])), "documents");
    assert_eq!(field(form(&[part("metadata", b"{}")])), "documents");
    assert_eq!(field(form(&[good(), part("title", b"x")])), "title");
    assert_eq!(field(form(&[good(), part("metadata", br#"{"level": "city"}"#)])), "metadata.level");
    assert_eq!(field(form(&[good(), part("metadata", b"3")])), "metadata");
    form(&[good(), part("metadata", b"{")]).problem(400, "malformed_json");
}
