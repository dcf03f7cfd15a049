//! Versions of one document: excluded together, grouped together, represented by the newest.

use serde_json::{Value, json};

use crate::client::encode;
use crate::fixture::Server;

const OLD: &str = "济南市养犬管理条例\n（2009年8月1日济南市第十四届人民代表大会常务委员会第十五次会议通过）\n\
                   第一条　携犬出户时应当为犬只束犬链。\n第二条　犬只在户外排泄粪便的，携犬人应当立即清除。\n\
                   第三条　养犬人应当每年缴纳养犬管理服务费四百元。\n";
const NEW: &str = "济南市养犬管理条例（2021年修正）\n（2021年5月27日济南市第十七届人民代表大会常务委员会第二十次会议修正）\n\
                   第一条　携犬出户时应当为犬只束犬链。\n第二条　犬只在户外排泄粪便的，携犬人应当立即清除干净。\n";
const OTHER: &str = "青岛市养犬管理条例\n第一条　携犬外出的，应当束犬链牵领犬只。\n第二条　禁止遗弃犬只。\n";
const FAMILY: &str = "山东|济南市|养犬管理条例";
const FEES: &str = "养犬人应当每年缴纳养犬管理服务费四百元。";

fn regulations() -> Server {
    let server = Server::start();
    server.add("old", OLD);
    server.add("new", NEW);
    server.add("other", OTHER);
    server
}

fn ids(hits: &[Value]) -> Vec<&str> {
    let mut ids: Vec<&str> = hits.iter().map(|hit| hit["document_id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn similar(server: &Server, clause: &str, options: &str) -> Vec<Value> {
    let answer = server.get(&format!("/v1/clauses/{}/similar?limit=100{options}", encode(clause))).expect(200);
    answer["hits"].as_array().unwrap().clone()
}

#[test]
fn a_document_tells_its_family_and_its_other_versions() {
    let server = regulations();
    let old = server.get("/v1/documents/old").expect(200);
    assert_eq!(old["metadata"]["family"], FAMILY);
    assert_eq!((&old["given"]["family"], &old["extracted"]["family"]), (&Value::Null, &Value::Null));
    assert_eq!(old["sources"]["family"], json!({"how": "inferred", "from": "title"}));
    assert_eq!((&old["newest"], old["versions"].as_array().unwrap().len()), (&json!(false), 1));
    let other = &old["versions"][0];
    assert_eq!(
        (&other["document_id"], &other["date"], &other["newest"]),
        (&json!("new"), &json!("2021-05-27"), &json!(true))
    );
    let new = server.get("/v1/documents/new").expect(200);
    assert_eq!((&new["newest"], &new["versions"][0]["newest"]), (&json!(true), &json!(false)));
    let alone = server.get("/v1/documents/other").expect(200);
    assert_eq!((&alone["newest"], &alone["versions"]), (&json!(true), &json!([])));
    let listed = |parameters: &str| server.get(&format!("/v1/documents?{parameters}")).expect(200)["total"].clone();
    assert_eq!(listed(&format!("family={}", encode(FAMILY))), 2);
    assert_eq!(listed("versions=newest"), 2);
    assert_eq!(listed("family=x"), 0);
}

#[test]
fn a_query_by_clause_leaves_out_all_versions_of_its_document_unless_told_otherwise() {
    let server = regulations();
    assert_eq!(ids(&similar(&server, "old:0", "")), ["other"]);
    assert_eq!(ids(&similar(&server, "old:0", "&exclude_versions=false")), ["new", "other"]);
    assert_eq!(ids(&similar(&server, "old:0", "&include_own_document=true")), ["new", "old", "other"]);
}

#[test]
fn excluded_documents_and_families_are_left_out_with_their_versions() {
    let server = regulations();
    let search = |more: Value| {
        let mut body = json!({"query": "携犬出户应当束犬链", "limit": 100});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let hits = server.search(&body);
        ids(&hits).join(" ")
    };
    assert_eq!(search(json!({})), "new old other");
    assert_eq!(search(json!({"exclude_documents": ["new"]})), "other");
    assert_eq!(search(json!({"exclude_documents": ["new"], "exclude_versions": false})), "old other");
    assert_eq!(search(json!({"filter": {"exclude_families": [FAMILY]}})), "other");
    assert_eq!(search(json!({"filter": {"families": [FAMILY]}})), "new old");
    assert_eq!(search(json!({"filter": {"versions": "newest"}})), "new other");
    assert_eq!(search(json!({"filter": {"versions": "newest", "date_to": "2010-01-01"}})), "old");
}

/// Every document that an answer names.
fn named(answer: &Value) -> Vec<&str> {
    fn collect<'a>(value: &'a Value, to: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                to.extend(fields.get("document_id").and_then(Value::as_str));
                let clause = fields.get("clause_id").and_then(Value::as_str);
                to.extend(clause.and_then(|id| id.rsplit_once(':')).map(|(document, _)| document));
                fields.values().for_each(|value| collect(value, to));
            }
            Value::Array(values) => values.iter().for_each(|value| collect(value, to)),
            _ => {}
        }
    }
    let mut ids = Vec::new();
    collect(answer, &mut ids);
    ids.sort_unstable();
    ids.dedup();
    ids
}

#[test]
fn a_check_leaves_out_all_versions_of_an_excluded_document_and_excluded_families() {
    let server = regulations();
    let check = |more: Value| {
        let mut body = json!({"text": OLD, "limit": 20});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = server.post("/v1/check", &body).expect(200);
        named(&answer).join(" ")
    };
    assert_eq!(check(json!({})), "new old other");
    for exclusion in [
        json!({"exclude_documents": ["old"]}),
        json!({"exclude_documents": ["new"]}),
        json!({"filter": {"exclude_families": [FAMILY]}}),
        json!({"exclude_regions": ["济南"]}),
    ] {
        assert_eq!(check(exclusion.clone()), "other", "{exclusion}");
    }
    assert_eq!(check(json!({"exclude_regions": ["山东"]})), "");
    assert_eq!(check(json!({"exclude_regions": ["青岛市"]})), "new old");
}

#[test]
fn equivalents_leave_out_all_versions_of_the_asked_document_and_what_is_excluded() {
    let server = regulations();
    // With a bound of 0 every region that was looked at has a row.
    let asked = |path: &str, more: Value| {
        let mut body = json!({"by": "city", "min_probability": 0});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = server.post(path, &body).expect(200);
        let rows = if path.ends_with("matrix") { &answer["cells"] } else { &answer["rows"] };
        format!("{} of {}", named(rows).join(" "), answer["documents"])
    };
    let equivalents = |more| asked("/v1/equivalents", more);
    assert_eq!(equivalents(json!({"clause_id": "old:0"})), "other of 1");
    assert_eq!(equivalents(json!({"clause_id": "new:0"})), "other of 1");
    let query = "携犬出户应当束犬链";
    assert!(equivalents(json!({"query": query})).ends_with("other of 3"));
    for exclusion in [
        json!({"exclude_documents": ["new"]}),
        json!({"filter": {"exclude_families": [FAMILY]}}),
        json!({"exclude_regions": ["济南市"]}),
    ] {
        let mut body = exclusion.clone();
        body["query"] = query.into();
        assert_eq!(equivalents(body), "other of 1", "{exclusion}");
        let mut body = exclusion.clone();
        body["outline"] = query.into();
        assert_eq!(asked("/v1/equivalents/matrix", body), "other of null", "{exclusion}");
    }
    assert_eq!(asked("/v1/equivalents/matrix", json!({"document_id": "old"})), "other of null");
    let unknown = json!({"query": query, "exclude_regions": ["无此地"]});
    assert_eq!(server.post("/v1/equivalents", &unknown).problem(422, "invalid_value")["field"], "exclude_regions");
}

#[test]
fn a_group_shows_the_newest_version_unless_only_an_earlier_one_has_the_measure() {
    let server = regulations();
    let grouped = |query: &str| server.search(&json!({"query": query, "group_by": "document", "group_size": 2}));
    let hits = grouped("携犬出户时应当为犬只束犬链。");
    assert_eq!(ids(&hits), ["new", "other"]);
    assert_eq!(hits[0]["document_id"], "new", "{hits:?}");
    assert_eq!(
        (&hits[0]["family"], &hits[0]["versions"], &hits[0]["newest"]),
        (&json!(FAMILY), &json!(2), &json!(true))
    );
    let hits = grouped(FEES);
    assert_eq!((&hits[0]["document_id"], &hits[0]["newest"]), (&json!("old"), &json!(false)), "{hits:?}");
    assert_eq!(ids(&hits), ["old", "other"]);
}

#[test]
fn without_the_newest_version_the_one_before_represents_the_family() {
    let server = regulations();
    let newest = || {
        ids(&server.search(&json!({"query": "束犬链", "filter": {"versions": "newest", "families": [FAMILY]}})))
            .join(" ")
    };
    assert_eq!(newest(), "new");
    assert_eq!(server.delete("/v1/documents/new").status, 204);
    assert_eq!(newest(), "old");
    let old = server.get("/v1/documents/old").expect(200);
    assert_eq!((&old["newest"], &old["versions"]), (&json!(true), &json!([])));
}

#[test]
fn a_repealed_text_does_not_represent_one_in_force_however_new_it_is() {
    let server = regulations();
    let repealed = json!({"document_id": "new", "text": NEW, "metadata": {"validity": "repealed"}});
    assert_eq!(server.post("/v1/documents", &repealed).expect(200)["documents"][0]["status"], "updated");
    assert_eq!(server.get("/v1/documents/old").expect(200)["newest"], true);
}

#[test]
fn a_family_that_the_caller_gives_wins_over_the_derived_one() {
    let server = regulations();
    let given = |family: Value| {
        server.post("/v1/documents", &json!({"document_id": "other", "text": OTHER, "metadata": {"family": family}}))
    };
    assert_eq!(given(json!(FAMILY)).expect(200)["documents"][0]["status"], "updated");
    let other = server.get("/v1/documents/other").expect(200);
    assert_eq!((&other["metadata"]["family"], &other["sources"]["family"]["how"]), (&json!(FAMILY), &json!("given")));
    assert_eq!(similar(&server, "old:0", "").len(), 0);
    assert_eq!(given(Value::Null).expect(200)["documents"][0]["status"], "unchanged", "nothing is said");
    server.put("/v1/documents/other/metadata", &json!({})).expect(200);
    assert_eq!(server.get("/v1/documents/other").expect(200)["metadata"]["family"], "山东|青岛市|养犬管理条例");
    let problem = given(json!(" ")).problem(422, "invalid_value");
    assert_eq!(problem["field"], "metadata.family", "{problem}");
}
