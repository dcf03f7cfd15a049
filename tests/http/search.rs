//! Searches over the sample documents.

use std::collections::{BTreeSet, HashMap};

use clausewise::search::Calibration;
use serde_json::{Value, json};

use crate::client::encode;
use crate::fixture::{SAMPLES, hits};

const QUERY: &str = "推行消费争议先行赔付";

fn ids(hits: &[Value]) -> Vec<&str> {
    hits.iter().map(|hit| hit["clause_id"].as_str().unwrap()).collect()
}

/// Every clause of the samples, ranked.
fn everything() -> Vec<Value> {
    let hits = SAMPLES.search(&json!({"query": QUERY, "limit": 1000}));
    let clauses = SAMPLES.get("/ready").expect(200)["clauses"].as_u64().unwrap();
    assert_eq!(hits.len() as u64, clauses);
    hits
}

#[test]
fn a_search_finds_the_clause_that_says_it_with_all_that_is_known_about_it() {
    let answer = SAMPLES.post("/v1/search", &json!({"query": QUERY, "limit": 3})).expect(200);
    let hits = hits(&answer);
    assert_eq!(hits.len(), 3);
    let hit = &hits[0];
    assert_eq!(hit["document_id"], "zaozhuang-2024");
    assert!(hit["text"].as_str().unwrap().contains(QUERY), "{hit}");
    assert_eq!(hit["document_number"], "枣政字〔2024〕17号");
    assert_eq!(hit["region"], json!({"province": "山东", "city": "枣庄市", "county": null}));
    assert_eq!((&hit["level"], &hit["date"]), (&json!("prefecture"), &json!("2024-06-18")));
    assert_eq!(hit["path"].as_array().unwrap().last().unwrap(), "专栏5质量惠民工程");
    assert_eq!(hit["article"]["title"], "开展权益保障顺心行动");
    assert!(hit["article"]["responsible"].as_array().unwrap().contains(&json!("市市场监管局")), "{hit}");
    assert_eq!(hit["relation"], "equivalent");
    let highlight = &hit["highlights"][0];
    let characters: Vec<char> = hit["text"].as_str().unwrap().chars().collect();
    let place = |side: &str, key: &str| highlight[side][key].as_u64().unwrap() as usize;
    let answered: String = characters[place("text", "start")..place("text", "end")].iter().collect();
    assert_eq!((answered.as_str(), place("query", "start"), place("query", "end")), (QUERY, 0, QUERY.chars().count()));
    assert!(highlight["weight"].as_f64().unwrap() > 0.9);
    assert!(hit["formula"].is_null() && hit.get("difference").is_none());
    assert!(hit.get("components").is_none());
    assert_eq!(answer["model"], SAMPLES.get("/ready").expect(200)["model"]);
    assert!(answer["took_ms"].as_f64().unwrap() > 0.0);
}

#[test]
fn hits_are_ordered_by_score_and_their_spans_point_at_their_text() {
    let hits = everything();
    let (measures, formulas): (Vec<&Value>, Vec<&Value>) = hits.iter().partition(|hit| hit["formula"].is_null());
    assert_eq!(hits.iter().rposition(|hit| hit["formula"].is_null()), Some(measures.len() - 1), "formulas come last");
    assert!(!formulas.is_empty());
    for group in [measures, formulas] {
        assert!(group.windows(2).all(|pair| pair[0]["score"].as_f64() >= pair[1]["score"].as_f64()));
    }
    let mut texts: HashMap<String, Vec<char>> = HashMap::new();
    for hit in &hits {
        let id = hit["document_id"].as_str().unwrap();
        let text = texts.entry(id.to_owned()).or_insert_with(|| {
            let document = SAMPLES.get(&format!("/v1/documents/{id}")).expect(200);
            document["text"].as_str().unwrap().chars().collect()
        });
        let place = |key: &str| hit["span"][key].as_u64().unwrap() as usize;
        assert_eq!(text[place("start")..place("end")].iter().collect::<String>(), hit["text"].as_str().unwrap());
    }
    assert_eq!(texts.len(), 5);
}

#[test]
fn an_english_question_finds_the_chinese_clause() {
    let hits = SAMPLES.search(&json!({"query": "compensation paid in advance in consumer disputes", "limit": 10}));
    assert!(hits.iter().any(|hit| hit["text"].as_str().unwrap().contains("先行赔付")), "{:?}", ids(&hits));
}

#[test]
fn a_query_in_everyday_words_finds_the_clause_that_says_it_in_official_ones() {
    // But for 先 and 赔 it shares no character with "推行消费争议先行赔付".
    for hit in SAMPLES.search(&json!({"query": "买了东西吵起来，商家先把钱赔给顾客", "limit": 2})) {
        assert!(hit["text"].as_str().unwrap().contains("消费争议先行赔付"), "{hit}");
        assert!(hit["probability"].as_f64().unwrap() > 0.5, "{hit}");
    }
}

/// The chance that the shipped model's coefficients make of the components of a hit.
fn shipped_probability(component: impl Fn(&str) -> f64) -> f64 {
    let file = include_str!("../../models/clausewise-e5-small-zh-en/calibration.json");
    let calibration: Calibration = serde_json::from_str(file).unwrap();
    let value = |name: &str| component(if name == "coverage" { "token_coverage" } else { name });
    let weighted: f64 = calibration.weights.iter().map(|(name, weight)| weight * value(name)).sum();
    1.0 / (1.0 + (-(calibration.constant + weighted)).exp())
}

#[test]
fn with_explain_a_hit_tells_what_its_score_and_its_probability_are_made_of() {
    let hits = SAMPLES.search(&json!({"query": QUERY, "limit": 2, "explain": true}));
    for hit in &hits {
        assert_eq!(hit["components"]["similarity"], hit["similarity"]);
        let component = |name: &str| hit["components"][name].as_f64().unwrap();
        let late = 0.8 * component("forward") + 0.07 * component("reverse") + 0.13 * component("token_coverage");
        let score = 0.91 * late + 0.09 * component("agreement");
        assert!((hit["score"].as_f64().unwrap() - score).abs() < 1e-5, "{hit}");
        assert!((0.0..=1.0).contains(&hit["components"]["overlap"].as_f64().unwrap()));
        let probability = shipped_probability(component);
        assert!((hit["probability"].as_f64().unwrap() - probability).abs() < 1e-5, "{probability} {hit}");
    }
    let query = json!({"query": "到2020年,产品质量抽检合格率达到80%以上", "limit": 5, "explain": true});
    let hits = SAMPLES.search(&query);
    let figures: Vec<&Value> = hits.iter().flat_map(|hit| hit["difference"]["measures"].as_array().unwrap()).collect();
    let differs = |d: &&Value| d["kind"] == "figure" && d["query"]["meaning"]["figure"]["lower"] == 80.0;
    assert!(figures.iter().any(differs), "{figures:?}");
    let similar = SAMPLES.get("/v1/clauses/xianning-2016:12/similar?limit=1&explain=true").expect(200);
    assert!(similar["hits"][0]["components"].is_object());
}

#[test]
fn a_clause_does_not_find_its_own_document_unless_asked() {
    let id = "xianning-2016:12";
    let others = hits(&SAMPLES.get(&format!("/v1/clauses/{id}/similar?limit=1000")).expect(200));
    let own = SAMPLES.get("/v1/documents/xianning-2016").expect(200)["counts"]["clauses"].as_u64().unwrap();
    assert_eq!(others.len() as u64, everything().len() as u64 - own);
    assert!(others.iter().all(|hit| hit["document_id"] != "xianning-2016"));
    let all = hits(&SAMPLES.get(&format!("/v1/clauses/{id}/similar?include_own_document=true&limit=3")).expect(200));
    assert_eq!(all[0]["clause_id"], id);
    assert_eq!(all[0]["relation"], "verbatim");
    assert!(all[0]["similarity"].as_f64().unwrap() > 0.999);
}

#[test]
fn excluded_documents_are_not_found() {
    let body = json!({"query": QUERY, "limit": 1000, "exclude_documents": ["zaozhuang-2024", "taian-2018"]});
    let expected: Vec<Value> = everything()
        .into_iter()
        .filter(|hit| hit["document_id"] != "zaozhuang-2024" && hit["document_id"] != "taian-2018")
        .collect();
    assert!(!expected.is_empty());
    // What is excluded has no part in what the best hits have in common, so that the order is another.
    let found = SAMPLES.search(&body);
    assert_eq!(BTreeSet::from_iter(ids(&found)), BTreeSet::from_iter(ids(&expected)));
    for parameters in
        ["exclude_documents=zaozhuang-2024,taian-2018", "exclude_documents=zaozhuang-2024&exclude_documents=taian-2018"]
    {
        let answer = SAMPLES.get(&format!("/v1/clauses/xianning-2016:12/similar?limit=1000&{parameters}")).expect(200);
        let documents: BTreeSet<String> =
            hits(&answer).iter().map(|hit| hit["document_id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(documents, BTreeSet::from(["huairen-2023", "neimenggu-2023"].map(str::to_owned)));
    }
}

#[test]
fn a_filter_gives_exactly_the_best_of_what_it_keeps() {
    let everything = everything();
    let keep = |test: &dyn Fn(&Value) -> bool| -> Vec<Value> {
        let kept: Vec<Value> = everything.iter().filter(|hit| test(hit)).take(25).cloned().collect();
        assert_eq!(kept.len(), 25);
        kept
    };
    let date = |hit: &Value| hit["date"].as_str().unwrap_or_default().to_owned();
    let dated = |hit: &Value| hit["date"].is_string();
    let cases: Vec<(Value, Vec<Value>)> = vec![
        (json!({"documents": ["xianning-2016"]}), keep(&|hit| hit["document_id"] == "xianning-2016")),
        (json!({"regions": ["山西"]}), keep(&|hit| hit["region"]["province"] == "山西")),
        (
            json!({"regions": ["山西省", "枣庄市"]}),
            keep(&|hit| hit["region"]["province"] == "山西" || hit["region"]["city"] == "枣庄市"),
        ),
        (json!({"regions": ["朔州"]}), keep(&|hit| hit["region"]["county"] == "怀仁市")),
        (
            json!({"regions": ["山东省泰安市", "内蒙古自治区"]}),
            keep(&|hit| hit["region"]["city"] == "泰安市" || hit["region"]["province"] == "内蒙古"),
        ),
        (json!({"issuers": ["咸宁市人民政府"]}), keep(&|hit| hit["issuer"] == "咸宁市人民政府")),
        (
            json!({"levels": ["county", "province"]}),
            keep(&|hit| hit["level"] == "county" || hit["level"] == "province"),
        ),
        (
            json!({"levels": ["prefecture"], "kinds": ["opinion"]}),
            keep(&|hit| hit["level"] == "prefecture" && hit["kind"] == "opinion"),
        ),
        (json!({"date_from": "2018-01-01"}), keep(&|hit| dated(hit) && date(hit).as_str() >= "2018-01-01")),
        (json!({"date_to": "2017-12-31"}), keep(&|hit| dated(hit) && date(hit).as_str() <= "2017-12-31")),
    ];
    for (filter, expected) in cases {
        let found = SAMPLES.search(&json!({"query": QUERY, "limit": 25, "filter": filter}));
        assert_eq!(ids(&found), ids(&expected), "{filter}");
    }
    assert_eq!(SAMPLES.search(&json!({"query": QUERY, "filter": {"kinds": ["law"]}})), Vec::<Value>::new());
}

#[test]
fn parameters_filter_as_the_body_does() {
    let filtered = |parameters: &str| {
        hits(&SAMPLES.get(&format!("/v1/clauses/xianning-2016:12/similar?limit=5&{parameters}")).expect(200))
    };
    let places = |hits: &[Value]| -> BTreeSet<String> {
        hits.iter()
            .map(|hit| {
                hit["region"]["county"].as_str().or(hit["region"]["city"].as_str()).unwrap_or_default().to_owned()
            })
            .collect()
    };
    assert_eq!(places(&filtered(&format!("regions={}", encode("山西")))), BTreeSet::from(["怀仁市".to_owned()]));
    assert_eq!(places(&filtered("levels=county")), BTreeSet::from(["怀仁市".to_owned()]));
    assert_eq!(places(&filtered("date_from=2024-01-01")), BTreeSet::from(["枣庄市".to_owned()]));
    assert_eq!(places(&filtered("kinds=opinion")), BTreeSet::from(["枣庄市".to_owned()]));
    assert_eq!(
        places(&filtered("documents=taian-2018,huairen-2023&levels=county")),
        BTreeSet::from(["怀仁市".to_owned()])
    );
}

/// The first `groups` groups of a ranking with at most `size` hits each.
fn grouped(ranking: &[Value], groups: usize, size: usize, key: impl Fn(&Value) -> Value) -> Vec<String> {
    let mut order: Vec<(Value, Vec<String>)> = Vec::new();
    for hit in ranking {
        let key = key(hit);
        let id = hit["clause_id"].as_str().unwrap().to_owned();
        match order.iter().position(|(known, _)| *known == key) {
            Some(group) if order[group].1.len() < size => order[group].1.push(id),
            None if order.len() < groups => order.push((key, vec![id])),
            _ => {}
        }
    }
    order.into_iter().flat_map(|(_, members)| members).collect()
}

#[test]
fn groups_by_document_or_region_stand_together_best_group_first() {
    let everything = everything();
    for (group_by, key) in [("document", "/document_id"), ("region", "/region/province"), ("city", "/region/city")] {
        for (limit, size) in [(2, 3), (5, 1), (50, 2)] {
            let body = json!({"query": QUERY, "limit": limit, "group_by": group_by, "group_size": size});
            let expected = grouped(&everything, limit, size, |hit| hit.pointer(key).cloned().unwrap_or_default());
            assert_eq!(ids(&SAMPLES.search(&body)), expected, "{body}");
        }
    }
    let provinces = SAMPLES.search(&json!({"query": QUERY, "group_by": "region", "limit": 50}));
    assert_eq!(provinces.len(), 4, "two of the five samples are of one province: {:?}", ids(&provinces));
    let cities = SAMPLES.search(&json!({"query": QUERY, "group_by": "city", "limit": 50}));
    assert_eq!(cities.len(), 5, "{:?}", ids(&cities));
}

#[test]
fn min_probability_leaves_out_what_is_less_probable_and_nothing_else() {
    let all = SAMPLES.search(&json!({"query": QUERY, "limit": 100}));
    let probable = |hit: &Value| hit["probability"].as_f64().unwrap() >= 0.5;
    let expected: Vec<Value> = all.iter().filter(|hit| probable(hit)).cloned().collect();
    assert!(!expected.is_empty() && expected.len() < all.len());
    let found = SAMPLES.search(&json!({"query": QUERY, "limit": 100, "min_probability": 0.5}));
    assert_eq!(ids(&found), ids(&expected));
}

#[test]
fn many_articles_of_few_documents_are_found() {
    let found = SAMPLES.search(&json!({"query": QUERY, "limit": 1000, "unit": "article",
        "filter": {"levels": ["prefecture"]}}));
    assert!(found.len() > 20, "{}", found.len());
    assert!(found.iter().all(|hit| hit["level"] == "prefecture"));
}

#[test]
fn with_unit_article_whole_articles_are_found_each_once() {
    let found = SAMPLES.search(&json!({"query": QUERY, "limit": 20, "unit": "article"}));
    assert_eq!(found.len(), 20);
    let mut places = BTreeSet::new();
    for hit in &found {
        assert_eq!((&hit["text"], &hit["span"]), (&hit["article"]["text"], &hit["article"]["span"]));
        assert!(places.insert((hit["document_id"].to_string(), hit["span"]["start"].as_u64())), "twice: {hit}");
    }
    assert!(found[0]["text"].as_str().unwrap().contains("先行赔付"));
    let similar = SAMPLES.get("/v1/clauses/xianning-2016:12/similar?unit=article&limit=3").expect(200);
    assert_eq!(hits(&similar).len(), 3);
}

#[test]
fn a_clause_is_shown_with_its_document_its_headings_and_its_article() {
    let hit = &SAMPLES.search(&json!({"query": QUERY, "limit": 1}))[0];
    let id = hit["clause_id"].as_str().unwrap();
    let clause = SAMPLES.get(&format!("/v1/clauses/{}", encode(id))).expect(200);
    for member in ["clause_id", "text", "span", "path", "label", "article"] {
        assert_eq!(clause[member], hit[member], "{member}");
    }
    assert_eq!(clause["document"]["document_id"], "zaozhuang-2024");
    assert_eq!(clause["document"]["metadata"]["title"], hit["document_title"]);
    assert_eq!(clause["lead_in"], Value::Null);
}

#[test]
fn concurrent_searches_each_get_their_own_answer() {
    let queries: Vec<String> =
        everything().iter().step_by(60).map(|hit| hit["text"].as_str().unwrap().to_owned()).collect();
    assert!(queries.len() > 12);
    let alone: Vec<Vec<Value>> =
        queries.iter().map(|query| SAMPLES.search(&json!({"query": query, "limit": 5}))).collect();
    std::thread::scope(|scope| {
        let asked: Vec<_> = (0..4)
            .flat_map(|_| queries.iter().zip(&alone))
            .map(|(query, alone)| {
                (scope.spawn(move || SAMPLES.search(&json!({"query": query, "limit": 5}))), query, alone)
            })
            .collect();
        for (answer, query, alone) in asked {
            let hits = answer.join().unwrap();
            assert_eq!(hits[0]["text"].as_str().unwrap(), query, "the clause itself is the nearest");
            // Texts that are encoded together differ from a text alone in rounding only, which may swap near ties.
            for (hit, alone) in hits.iter().zip(alone) {
                let difference = hit["similarity"].as_f64().unwrap() - alone["similarity"].as_f64().unwrap();
                assert!(difference.abs() < 1e-3, "{query}: {difference}");
            }
        }
    });
}

#[test]
fn formula_clauses_come_after_measures_unless_the_query_is_one_or_they_are_wanted_or_left_out() {
    let server = crate::fixture::Server::start();
    let text = "甲市供水条例\n第一条　供水企业应当保证水质。\n第二条　本条例自2020年1月1日起施行。\n";
    server.post("/v1/documents", &json!({"document_id": "a", "text": text})).expect(201);
    let first = |query: &str, formulas: &str| {
        let hits = server.search(&json!({"query": query, "limit": 2, "formulas": formulas}));
        assert!(hits.iter().all(|hit| hit["boilerplate"].as_bool().unwrap() != hit["formula"].is_null()), "{hits:?}");
        (hits[0]["formula"].clone(), hits.len())
    };
    assert_eq!(first("条例什么时候开始施行", "equal"), (json!("effective"), 2));
    assert_eq!(first("条例什么时候开始施行", "below"), (json!(null), 2));
    assert_eq!(first("条例什么时候开始施行", "omit"), (json!(null), 1));
    assert_eq!(first("本办法自发布之日起施行。", "below"), (json!("effective"), 2));
    let problem = server.post("/v1/search", &json!({"query": "水", "formulas": "maybe"})).expect(422);
    assert!(problem.to_string().contains("formulas"), "{problem}");
}

#[test]
fn what_a_hit_means_does_not_depend_on_what_else_is_filtered_out() {
    let probabilities = |body: Value| -> HashMap<String, f64> {
        let hits = SAMPLES.search(&body);
        let probability = |hit: &Value| hit["probability"].as_f64().unwrap();
        hits.iter().map(|hit| (hit["clause_id"].as_str().unwrap().to_owned(), probability(hit))).collect()
    };
    let query = "支持企业设立首席质量官";
    let all = probabilities(json!({"query": query, "limit": 40}));
    let some = probabilities(json!({"query": query, "limit": 40, "filter": {"regions": ["湖北"]}}));
    let both: Vec<&String> = some.keys().filter(|id| all.contains_key(*id)).collect();
    assert!(!both.is_empty() && some.len() == 40);
    assert!(both.iter().all(|id| all[*id] == some[*id]), "{both:?}");
}

#[test]
fn a_group_whose_hits_lie_behind_all_others_is_found_all_the_same() {
    let server = crate::fixture::Server::start();
    // One province has hundreds of clauses that answer the query, the other a single one that does not.
    let near: String = (1..=900).map(|n| format!("第{n}条　供水企业应当保证第{n}号水厂的水质。\n")).collect();
    let (near, far) = (format!("浙江省供水条例\n{near}"), "江苏省养犬条例\n第一条　携犬出户应当使用牵引带。\n");
    for (id, text) in [("near", near.as_str()), ("far", far)] {
        server.post("/v1/documents", &json!({"document_id": id, "text": text})).expect(201);
    }
    let body = json!({"query": "供水企业保证水质", "limit": 10, "group_by": "region", "group_size": 2});
    let hits = server.search(&body);
    let provinces: Vec<&Value> = hits.iter().map(|hit| &hit["region"]["province"]).collect();
    assert_eq!(provinces, [&json!("浙江"), &json!("浙江"), &json!("江苏")]);
}
