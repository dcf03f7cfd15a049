//! What a person says about a document that is stored.

use serde_json::json;

use crate::client::encode;
use crate::fixture::Server;

const TEXT: &str = "济南市养犬管理条例\n第一条　养犬人应当为犬只注射狂犬病疫苗。\n第二条　携犬出户应当束犬链。\n";

#[test]
fn what_a_person_says_wins_and_what_they_take_back_is_as_the_text_says() {
    let server = Server::start();
    server.add("a", TEXT);
    let before = server.get("/v1/documents/a").expect(200);
    assert_eq!(before["metadata"]["region"]["city"], "济南市");
    let given =
        json!({"title": "犬只管理办法", "region": {"province": "湖北", "city": "咸宁市"}, "date": "2020-05-01"});
    let row = server.put("/v1/documents/a/metadata", &given).expect(200);
    assert_eq!((&row["document_id"], &row["metadata"]["title"]), (&json!("a"), &json!("犬只管理办法")));
    assert_eq!(row["clauses"], before["clauses"].as_array().unwrap().len());
    let after = server.get("/v1/documents/a").expect(200);
    assert_eq!(after["sources"]["title"]["how"], "given");
    assert_eq!(after["extracted"], before["extracted"], "what the text says is kept apart");
    assert_ne!(after["metadata"]["family"], before["metadata"]["family"], "its family is another");
    let filter = json!({"query": "狂犬病疫苗", "filter": {"regions": ["湖北"], "date_from": "2020-01-01"}});
    assert_eq!(server.search(&filter)[0]["document_title"], "犬只管理办法", "searches know at once");
    let again = server.post("/v1/documents", &json!({"document_id": "a", "text": TEXT})).expect(200);
    assert_eq!(again["documents"][0]["status"], "unchanged", "the text came again, and nothing was taken back");
    assert_eq!(server.get("/v1/documents/a").expect(200)["metadata"], after["metadata"]);
    server.put("/v1/documents/a/metadata", &json!({"date": null})).expect(200);
    let back = server.get("/v1/documents/a").expect(200);
    assert_eq!((&back["metadata"], &back["sources"]), (&before["metadata"], &before["sources"]));
    assert_eq!(back["text"], before["text"]);
}

#[test]
fn a_wrong_value_is_refused_with_its_field_and_changes_nothing() {
    let server = Server::start();
    server.add("a", TEXT);
    for (given, field) in [
        (json!({"date": "2020年5月"}), "metadata.date"),
        (json!({"level": "city"}), "level"),
        (json!({"family": " "}), "metadata.family"),
        (json!({"titel": "x"}), "titel"),
    ] {
        let problem = server.put("/v1/documents/a/metadata", &given).problem(422, "invalid_value");
        assert!(problem["field"].as_str().unwrap().ends_with(field.trim_start_matches("metadata.")), "{problem}");
    }
    assert_eq!(server.get("/v1/documents/a").expect(200)["given"]["date"], json!(null));
    server.put(&format!("/v1/documents/{}/metadata", encode("没有")), &json!({})).problem(404, "not_found");
}
