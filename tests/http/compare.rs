//! Two documents beside each other.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::fixture::{SAMPLES, sample_files};

const OLD: &str = "甲市养犬管理条例\n第一条　为了规范养犬行为，保障公民人身安全，制定本条例。\n\
    第二条　养犬人应当自取得犬只之日起三十日内办理养犬登记。\n\
    第三条　犬只在公共场所排泄粪便的，携犬人应当立即清除。\n\
    第四条　违反本条例第三条规定的，由公安机关处五十元以上二百元以下罚款。\n";
const NEW: &str = "甲市养犬管理条例\n第一条　为了规范养犬行为，保障公民人身安全，制定本条例。\n\
    第二条　市人民政府统筹设置狂犬病疫苗接种点。\n\
    第三条　饲养犬只的，应当在取得犬只之日起十五日内到公安机关登记。\n\
    第四条　携犬人应当即时清理犬只在公共场所排泄的粪便。\n\
    第五条　违反本条例第四条规定的，由公安机关处一百元以上五百元以下罚款。\n";

fn labels(row: &Value, side: &str) -> Vec<String> {
    row[side].as_array().unwrap().iter().map(|clause| clause["label"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn two_versions_of_a_regulation_are_followed_through_renumbering() {
    let body = json!({"left": {"text": OLD, "name": "2015"}, "right": {"text": NEW, "name": "2024"}});
    let answer = SAMPLES.post("/v1/compare", &body).expect(200);
    let rows: Vec<(String, Vec<String>, Vec<String>)> = answer["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["kind"].as_str().unwrap().to_owned(), labels(row, "left"), labels(row, "right")))
        .collect();
    let row = |kind: &str, left: &[&str], right: &[&str]| {
        let own = |labels: &[&str]| labels.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>();
        (kind.to_owned(), own(left), own(right))
    };
    let expected = [
        row("aligned", &["第一条"], &["第一条"]),
        row("only_right", &[], &["第二条"]),
        row("aligned", &["第二条"], &["第三条"]),
        row("aligned", &["第三条"], &["第四条"]),
        row("aligned", &["第四条"], &["第五条"]),
    ];
    assert_eq!(rows, expected);
    let changes: Vec<&str> =
        answer["articles"].as_array().unwrap().iter().map(|pair| pair["change"].as_str().unwrap()).collect();
    assert_eq!(changes, ["kept", "renumbered", "renumbered", "renumbered"]);
    let summary = &answer["summary"];
    assert_eq!((&summary["renumbered_articles"], &summary["moved_articles"]), (&json!(3), &json!(0)));
    assert_eq!((&summary["figures"], &summary["deadlines"]), (&json!(1), &json!(1)));
    assert_eq!((&summary["left"]["verbatim"], &summary["right"]["only"]), (&json!(1), &json!(1)));
    assert_eq!(answer["rows"][0]["relation"], "verbatim");
    assert_eq!(answer["rows"][4]["relation"], "edited");
    assert_eq!(answer["right"]["name"], "2024");
}

#[test]
fn stored_documents_and_texts_compare_the_same() {
    let stored = |id: &str| json!({"document_id": id});
    let files = sample_files();
    let posted = |id: &str| {
        let path = files.iter().find(|path| path.file_stem().unwrap() == id).unwrap();
        json!({"text": std::fs::read_to_string(path).unwrap()})
    };
    let (left, right) = ("huairen-2023", "taian-2018");
    let compare = |left: Value, right: Value| {
        let answer = SAMPLES.post("/v1/compare", &json!({"left": left, "right": right})).expect(200);
        let rows: Vec<_> = answer["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                let places = |side: &str| {
                    row[side].as_array().unwrap().iter().map(|c| c["ordinal"].as_u64().unwrap()).collect::<Vec<_>>()
                };
                (places("left"), places("right"))
            })
            .collect();
        (rows, answer["summary"].clone())
    };
    let found = compare(stored(left), stored(right));
    assert_eq!(found, compare(stored(left), posted(right)));
    let clauses: BTreeSet<u64> = found.0.iter().flat_map(|(left, _)| left.clone()).collect();
    assert_eq!(clauses.len() as u64, found.1["left"]["clauses"].as_u64().unwrap());
}

#[test]
fn a_side_that_is_missing_doubled_unknown_or_empty_is_refused() {
    let text = json!({"text": OLD});
    let cases = [
        (json!({"left": {}, "right": text}), "left", "exactly one of document_id and text", "neither"),
        (
            json!({"left": text, "right": {"text": OLD, "document_id": "taian-2018"}}),
            "right",
            "exactly one of document_id and text",
            "both",
        ),
        (json!({"left": text}), "right", "a value", "nothing"),
        (json!({"left": text, "right": "a"}), "right", "an object with a document_id or a text", "string \"a\""),
    ];
    for (body, field, expected, received) in cases {
        let problem = SAMPLES.post("/v1/compare", &body).problem(422, "invalid_value");
        assert_eq!(
            (&problem["field"], &problem["expected"], &problem["received"]),
            (&json!(field), &json!(expected), &json!(received)),
            "{body}"
        );
    }
    let unknown = json!({"left": text, "right": {"document_id": "nothing"}});
    SAMPLES.post("/v1/compare", &unknown).problem(404, "not_found");
    SAMPLES.post("/v1/compare", &json!({"left": text, "right": {"text": " "}})).problem(422, "unreadable_document");
}
