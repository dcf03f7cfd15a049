//! Metadata against a sample that was labelled by reading.
//!
//! `labelled/metadata.jsonl` holds 90 documents that were drawn at random and labelled without this program: five policy
//! documents, six work reports, 49 local regulations and 30 national laws, regulations and interpretations. The texts are
//! excerpts, the first 1,200 and the last 600 characters cut at line ends: what a document says of itself stands there.

use clausewise::document::{Metadata, parse};
use serde_json::Value;

const SAMPLE: &str = include_str!("labelled/metadata.jsonl");

/// What is compared, and how many of the documents may be read differently from the labels, with the reason.
const FIELDS: [(&str, usize); 8] = [
    ("title", 0),
    ("region", 0),
    ("level", 0),
    ("kind", 0),
    ("issuer", 0),
    ("document_number", 0),
    ("date", 0),
    // 国务院关于经营者集中申报标准的规定: in force with its publication, which the note of adoption dates to 2008 (read here)
    // and a revision to 2024 (the label).
    ("effective", 1),
];

/// A value that was labelled; joint issuers however they are parted, titles without spaces.
fn labelled(label: &Value, field: &str) -> Option<String> {
    let text = |field: &str| label[field].as_str().map(str::to_owned);
    match field {
        "region" => {
            let parts: Vec<String> = ["province", "city", "county"].iter().filter_map(|part| text(part)).collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        }
        "issuer" => text(field).map(|issuer| issuer.replace(['、', '，'], " ")),
        "title" => text(field).map(|title| title.replace(' ', "")),
        _ => text(field),
    }
}

fn read(m: &Metadata, field: &str) -> Option<String> {
    match field {
        "title" => m.title.as_ref().map(|title| title.replace(' ', "")),
        "region" => m.region.as_ref().map(|r| {
            let parts = [&r.province, &r.city, &r.county];
            parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(" ")
        }),
        "level" => m.level.map(|level| level.name().to_owned()),
        "kind" => m.kind.map(|kind| kind.name().to_owned()),
        "issuer" => m.issuer.as_ref().map(|issuer| issuer.replace(['、', '，'], " ")),
        "document_number" => m.document_number.clone(),
        "date" => m.date.clone(),
        "effective" => m.effective.clone(),
        _ => panic!("no field {field}"),
    }
}

#[test]
fn metadata_of_the_labelled_sample_are_read_as_a_reader_reads_them() {
    let sample: Vec<(Value, Metadata)> = SAMPLE
        .lines()
        .map(|line| {
            let label: Value = serde_json::from_str(line).unwrap();
            let metadata = parse(label["text"].as_str().unwrap()).metadata;
            (label, metadata)
        })
        .collect();
    assert_eq!(sample.len(), 90);
    for (field, known) in FIELDS {
        let misses: Vec<String> = sample
            .iter()
            .filter_map(|(label, metadata)| {
                let (expected, found) = (labelled(label, field), read(metadata, field));
                (expected != found).then(|| format!("{}: {expected:?}, read {found:?}", label["file"]))
            })
            .collect();
        assert!(misses.len() <= known, "{field}: {} of 90 differ, {known} known:\n{}", misses.len(), misses.join("\n"));
    }
}
