//! Documents coming, changing and going.

use serde_json::{Value, json};

use crate::client::{self, Part, encode, file};
use crate::fixture::{SAMPLES, Server};

const DOGS: &str = "甲市养犬管理条例\n第一条　为了规范养犬行为，制定本条例。\n第二条　养犬人应当遵守下列规定：\n\
                    （一）携犬出户时为犬只束犬链；\n（二）及时清除犬只在公共场所排泄的粪便。\n";
const LEASHES: &str = "携犬出户时为犬只束犬链";

#[test]
fn a_document_is_found_as_soon_as_it_was_added() {
    let server = Server::start();
    let answer = server.post("/v1/documents", &json!({"document_id": "养犬条例", "text": DOGS}));
    let document = &answer.expect(201)["documents"][0];
    assert_eq!(document["status"], "added");
    assert_eq!(document["articles"], 2, "{document}");
    let hits = server.search(&json!({"query": LEASHES, "limit": 100}));
    assert_eq!(document["clauses"], hits.len());
    assert_eq!(hits[0]["document_id"], "养犬条例");
    assert!(hits[0]["text"].as_str().unwrap().contains(LEASHES));
}

#[test]
fn an_item_of_a_list_is_labelled_and_shown_with_the_sentence_that_leads_into_it() {
    let server = Server::start();
    server.add("养犬条例", DOGS);
    let hit = &server.search(&json!({"query": LEASHES}))[0];
    assert_eq!(hit["label"], "第二条第（一）项");
    let id = encode(hit["clause_id"].as_str().unwrap());
    let clause = server.get(&format!("/v1/clauses/{id}")).expect(200);
    assert_eq!(clause["lead_in"], "养犬人应当遵守下列规定：");
}

#[test]
fn a_text_under_an_id_that_is_taken_replaces_the_earlier_one() {
    let server = Server::start();
    server.add("规定", DOGS);
    let other = "甲市供水管理办法\n第一条　供水企业应当保证供水水质符合国家标准。\n";
    let answer = server.post("/v1/documents", &json!({"document_id": "规定", "text": other})).expect(201);
    assert_eq!(answer["documents"][0]["status"], "replaced");
    assert_eq!(server.documents(), 1);
    let hits = server.search(&json!({"query": LEASHES}));
    assert_eq!(hits.len(), 1, "{hits:?}");
    assert!(hits[0]["text"].as_str().unwrap().contains("供水水质"));
}

#[test]
fn the_same_content_is_not_stored_twice() {
    let server = Server::start();
    server.add("first", DOGS);
    let again = server.post("/v1/documents", &json!({"document_id": "first", "text": DOGS})).expect(200);
    assert_eq!(again["documents"][0]["status"], "unchanged");
    // Line breaks of another system are the same content.
    let copy = json!({"document_id": "copy", "text": DOGS.replace('\n', "\r\n")});
    let copy = server.post("/v1/documents", &copy).expect(200);
    assert_eq!(copy["documents"][0]["status"], "duplicate");
    assert_eq!(copy["documents"][0]["duplicate_of"], "first");
    assert_eq!(server.documents(), 1);
    server.get("/v1/documents/copy").problem(404, "not_found");
}

#[test]
fn an_id_never_keeps_its_old_text_when_it_was_given_one_that_another_id_has() {
    let server = Server::start();
    let water = "甲市供水管理办法\n第一条　供水企业应当保证供水水质符合国家标准。\n";
    server.add("dogs", DOGS);
    server.add("water", water);
    let answer = server.post("/v1/documents", &json!({"document_id": "dogs", "text": water})).expect(201);
    let document = &answer["documents"][0];
    assert_eq!((&document["status"], &document["duplicate_of"]), (&json!("replaced"), &json!("water")));
    for id in ["dogs", "water"] {
        let document = server.get(&format!("/v1/documents/{id}")).expect(200);
        assert!(document["text"].as_str().unwrap().contains("供水水质"), "{id}");
    }
    let hits = server.search(&json!({"query": LEASHES, "limit": 100}));
    assert!(hits.iter().all(|hit| !hit["text"].as_str().unwrap().contains("犬")), "{hits:?}");
    let again = server.post("/v1/documents", &json!({"document_id": "dogs", "text": water})).expect(200);
    assert_eq!(again["documents"][0]["status"], "unchanged");
    assert_eq!(server.delete("/v1/documents/water").status, 204);
    assert_eq!(server.search(&json!({"query": "供水水质"}))[0]["document_id"], "dogs");
}

#[test]
fn what_the_caller_says_about_a_document_wins_over_its_text_and_can_be_changed() {
    let server = Server::start();
    let with = |metadata: Value| json!({"document_id": "养犬条例", "text": DOGS, "metadata": metadata});
    let given = json!({"region": {"province": "山东", "city": "甲市"}, "date": "2020-05-01", "level": "prefecture"});
    server.post("/v1/documents", &with(given)).expect(201);
    let hit = &server.search(&json!({"query": LEASHES, "filter": {"regions": ["山东省"]}}))[0];
    assert_eq!((&hit["date"], &hit["region"]["city"]), (&json!("2020-05-01"), &json!("甲市")));
    assert_eq!(hit["document_title"], "甲市养犬管理条例", "what the caller does not say is as the text says");

    let answer = server.post("/v1/documents", &with(json!({"date": "2021-05-01"}))).expect(200);
    assert_eq!(answer["documents"][0]["status"], "updated");
    let document = server.get(&format!("/v1/documents/{}", encode("养犬条例"))).expect(200);
    assert_eq!(document["given"]["date"], "2021-05-01");
    assert_eq!(document["metadata"]["date"], "2021-05-01");
    assert_eq!(document["extracted"]["date"], Value::Null);
    assert_eq!(document["given"]["level"], Value::Null);
    let sources = &document["sources"];
    assert_eq!(sources["date"], json!({"how": "given", "from": null}));
    assert_eq!(sources["title"], json!({"how": "stated", "from": "title"}));
    assert_eq!(sources["kind"], json!({"how": "inferred", "from": "title"}));
    assert_eq!(sources["validity"], Value::Null);
}

#[test]
fn a_document_that_was_deleted_is_gone() {
    let server = Server::start();
    server.add("养犬条例", DOGS);
    server.add("供水", "甲市供水管理办法\n第一条　供水企业应当保证供水水质符合国家标准。\n");
    let path = format!("/v1/documents/{}", encode("养犬条例"));
    let answer = server.delete(&path);
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    let hits = server.search(&json!({"query": LEASHES, "limit": 100}));
    assert!(hits.iter().all(|hit| hit["document_id"] == "供水"), "{hits:?}");
    server.get(&path).problem(404, "not_found");
    server.get(&format!("/v1/clauses/{}", encode("养犬条例:0"))).problem(404, "not_found");
    server.delete(&path).problem(404, "not_found");
    assert_eq!(server.documents(), 1);
}

#[test]
fn ids_may_have_colons_slashes_and_chinese_in_them() {
    let server = Server::start();
    let id = "省/市:通知 1";
    server.add(id, DOGS);
    let hit = &server.search(&json!({"query": LEASHES}))[0];
    assert_eq!(hit["document_id"], id);
    let clause_id = hit["clause_id"].as_str().unwrap();
    let clause = server.get(&format!("/v1/clauses/{}", encode(clause_id))).expect(200);
    assert_eq!(clause["clause_id"], clause_id);
    let similar = server.get(&format!("/v1/clauses/{}/similar?include_own_document=true", encode(clause_id)));
    assert_eq!(similar.expect(200)["hits"][0]["clause_id"], clause_id);
    assert_eq!(server.delete(&format!("/v1/documents/{}", encode(id))).status, 204);
}

#[test]
fn several_documents_are_taken_in_at_once_in_every_form() {
    let water = "甲市供水管理办法\n第一条　供水企业应当保证供水水质符合国家标准。\n";
    let one = |id: &str, text: &str| json!({"document_id": id, "text": text});
    for body in [json!([one("a", DOGS), one("b", water)]), json!({"documents": [one("a", DOGS), one("b", water)]})] {
        let server = Server::start();
        let answer = server.post("/v1/documents", &body).expect(201);
        let statuses: Vec<_> = answer["documents"].as_array().unwrap().iter().map(|d| &d["status"]).collect();
        assert_eq!(statuses, ["added", "added"]);
        assert_eq!(server.documents(), 2);
    }
}

#[test]
fn an_id_that_no_address_leads_to_is_refused() {
    let server = Server::start();
    for id in [".", ".."] {
        let answer = server.post("/v1/documents", &json!({"document_id": id, "text": DOGS}));
        assert!(answer.text().contains("not . or .."), "{}", answer.text());
    }
    assert_eq!(server.get("/v1/documents").expect(200)["total"], 0);
}

#[test]
fn files_are_taken_in_with_what_the_form_says_about_all_of_them() {
    let server = Server::start();
    let (gb18030, _, _) = encoding_rs::GB18030.encode("第一条　养犬人应当为犬只办理登记。");
    assert!(std::str::from_utf8(&gb18030).is_err());
    let metadata = json!({"region": {"province": "湖南"}}).to_string();
    let answer = client::post_form(
        &server.url("/v1/documents"),
        &[
            file("登记办法.TXT", &gb18030),
            file("C:\\文件\\养犬.条例.md", DOGS.as_bytes()),
            Part { name: "metadata", file: None, bytes: metadata.as_bytes() },
        ],
    );
    let answer = answer.expect(201);
    let documents: Vec<_> =
        answer["documents"].as_array().unwrap().iter().map(|d| (&d["document_id"], &d["status"])).collect();
    assert_eq!(documents, [(&json!("登记办法"), &json!("added")), (&json!("养犬.条例"), &json!("added"))]);
    let hit = &server.search(&json!({"query": "养犬人应当为犬只办理登记。", "limit": 1}))[0];
    assert_eq!((&hit["document_id"], &hit["text"]), (&json!("登记办法"), &json!("养犬人应当为犬只办理登记。")));
    assert_eq!(hit["region"]["province"], "湖南");
}

#[test]
fn pages_and_files_of_many_documents_are_taken_in_with_their_warnings() {
    let server = Server::start();
    let lines = "{\"document_id\": \"给水\", \"text\": \"供水企业应当保证水质。\", \"province\": \"山东\"}\n{\"text\": \"x\"}\n";
    let page = "<html><head><title>甲市</title></head><body><ul><li>索引号：1</li><li>发布日期：2020-05-06</li></ul>\
                <div id=zoom><p>第一条　养犬人应当办理登记。</p><img src=a.png></div></body></html>";
    let metadata = json!({"region": {"province": "湖南"}, "level": "county"}).to_string();
    let answer = client::post_form(
        &server.url("/v1/documents"),
        &[
            file("养犬.html", page.as_bytes()),
            file("批量.jsonl", lines.as_bytes()),
            Part { name: "metadata", file: None, bytes: metadata.as_bytes() },
        ],
    );
    let answer = answer.expect(201);
    let documents: Vec<_> = answer["documents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| (d["document_id"].as_str().unwrap(), &d["status"]))
        .collect();
    let (added, refused) = (json!("added"), json!("refused"));
    assert_eq!(documents, [("养犬", &added), ("给水", &added), ("批量/line 2", &refused)]);
    assert_eq!(answer["documents"][2]["error"]["field"], "document_id");
    let page = server.get(&format!("/v1/documents/{}", encode("养犬"))).expect(200);
    assert_eq!(page["text"], "第一条　养犬人应当办理登记。\n");
    assert_eq!((&page["extracted"]["published"], &page["metadata"]["level"]), (&json!("2020-05-06"), &json!("county")));
    let length = page["text"].as_str().unwrap().chars().count();
    let warning =
        json!({"span": {"start": 0, "end": length}, "message": "1 picture left out, with what may be written in it"});
    assert!(page["warnings"].as_array().unwrap().contains(&warning), "{}", page["warnings"]);
    let line = server.get(&format!("/v1/documents/{}", encode("给水"))).expect(200);
    assert_eq!((&line["given"]["region"]["province"], &line["given"]["level"]), (&json!("山东"), &json!("county")));
}

#[test]
fn of_several_documents_those_that_are_refused_say_why_and_the_others_are_stored() {
    let server = Server::start();
    let answer = client::post_form(
        &server.url("/v1/documents"),
        &[file("图片.txt", b"\x89PNG\r\n\x1a\n"), file("养犬.txt", DOGS.as_bytes()), file("表.xlsx", b"PK\x03\x04")],
    );
    let answer = answer.expect(201);
    let documents = answer["documents"].as_array().unwrap();
    let statuses: Vec<_> = documents.iter().map(|d| &d["status"]).collect();
    assert_eq!(statuses, ["refused", "added", "refused"]);
    assert_eq!(documents[0]["document_id"], "图片");
    assert_eq!(documents[0]["error"]["code"], "unreadable_document");
    assert!(documents[0]["error"]["received"].as_str().unwrap().contains("PNG"), "{}", documents[0]);
    assert!(documents[2]["error"]["expected"].as_str().unwrap().contains("a whole zip archive"), "{}", documents[2]);
    assert_eq!(server.documents(), 1);

    let twice = json!([{"document_id": "x", "text": "甲。"}, {"document_id": "x", "text": "应当办理登记。"}]);
    let twice = server.post("/v1/documents", &twice);
    assert_eq!(twice.expect(201)["documents"][1]["error"]["field"], "document_id", "{}", twice.text());
}

#[test]
fn documents_are_listed_in_parts_in_the_order_of_their_ids() {
    let list = |parameters: &str| {
        let answer = SAMPLES.get(&format!("/v1/documents{parameters}")).expect(200);
        let ids: Vec<String> = answer["documents"]
            .as_array()
            .unwrap()
            .iter()
            .map(|document| document["document_id"].as_str().unwrap().to_owned())
            .collect();
        (ids, answer["total"].as_u64().unwrap())
    };
    let all = ["huairen-2023", "neimenggu-2023", "taian-2018", "xianning-2016", "zaozhuang-2024"].map(str::to_owned);
    assert_eq!(list(""), (all.to_vec(), 5));
    assert_eq!(list("?offset=1&limit=2"), (all[1..3].to_vec(), 5));
    assert_eq!(list("?offset=9"), (Vec::new(), 5));
    assert_eq!(list(&format!("?regions={}", encode("山东"))), (vec![all[2].clone(), all[4].clone()], 2));
    assert_eq!(list("?levels=province,county&date_from=2023-01-01"), (vec![all[0].clone()], 1));
}

#[test]
fn the_outline_of_the_samples_is_as_counted_by_hand() {
    for (id, sections, articles) in
        [("neimenggu-2023", 10, 33), ("huairen-2023", 9, 33), ("xianning-2016", 5, 21), ("taian-2018", 6, 24)]
    {
        let counts = &SAMPLES.get(&format!("/v1/documents/{id}")).expect(200)["counts"];
        assert_eq!((&counts["sections"], &counts["articles"]), (&json!(sections), &json!(articles)), "{id}");
    }
}

#[test]
fn a_documents_clauses_and_what_was_skipped_account_for_every_character_once() {
    let document = SAMPLES.get("/v1/documents/taian-2018").expect(200);
    let text: Vec<char> = document["text"].as_str().unwrap().chars().collect();
    let mut covered = vec![0; text.len()];
    let span =
        |part: &Value| part["span"]["start"].as_u64().unwrap() as usize..part["span"]["end"].as_u64().unwrap() as usize;
    let articles = document["articles"].as_array().unwrap();
    for clause in document["clauses"].as_array().unwrap() {
        assert_eq!(text[span(clause)].iter().collect::<String>(), clause["text"].as_str().unwrap());
        let article = span(&articles[clause["article"].as_u64().unwrap() as usize]);
        assert!(article.start <= span(clause).start && span(clause).end <= article.end, "{clause}");
        covered[span(clause)].iter_mut().for_each(|n| *n += 1);
    }
    for skipped in document["skipped"].as_array().unwrap() {
        assert!(skipped["reason"].is_string());
        covered[span(skipped)].iter_mut().for_each(|n| *n += 1);
    }
    assert!(covered.iter().all(|n| *n == 1));
    for heading in document["headings"].as_array().unwrap() {
        let written: String = text[span(heading)].iter().collect();
        assert!(written.starts_with(heading["label"].as_str().unwrap()), "{heading}");
    }
}
