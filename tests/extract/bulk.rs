//! One document a line or row.

use clausewise::document::Kind;
use encoding_rs::GB18030;

use crate::{all, outcomes, refusal};

#[test]
fn every_line_of_jsonl_is_a_document_and_a_wrong_one_is_refused_alone() {
    let lines = concat!(
        "\u{feff}{\"document_id\": \"a\", \"text\": \"应当登记。\", \"title\": \"甲市条例\", \"region\": {\"province\": \"山东\"}}\r\n",
        "\n",
        "{\"document_id\": \"b\", \"content\": \"应当免疫。\", \"metadata\": {\"kind\": \"law\"}, \"date\": null}\n",
        "{\"document_id\": \"c\", \"text\": \"\n",
        "{\"document_id\": \"d\", \"text\": \"应当牵引。\", \"author\": \"某人\"}\n",
        "{\"text\": \"无号。\"}\n",
        "{\"document_id\": \"e\", \"text\": \"应当公开。\", \"level\": \"village\"}\n",
        "[1]\n",
        "{\"document_id\": \"f\", \"text\": \"<p>应当&lt;公示&gt;。</p><p>末。</p>\", \"province\": \"湖南\", \"city\": \"甲市\"}",
    );
    let told = outcomes(lines.as_bytes(), "全部.jsonl");
    assert_eq!(told[0], "a: 应当登记。");
    assert_eq!(told[1], "b: 应当免疫。");
    assert!(told[2].starts_with("line 4 refused: line: expected a JSON object"), "{}", told[2]);
    assert!(told[3].starts_with("line 5 refused: fields: expected document_id, text, content, "), "{}", told[3]);
    assert!(told[3].contains("effective") && told[3].ends_with("received author"), "{}", told[3]);
    assert!(told[4].starts_with("line 6 refused: document_id: expected a string"), "{}", told[4]);
    assert!(told[5].contains("line 7 refused: level") && told[5].contains("prefecture"), "{}", told[5]);
    assert!(told[6].starts_with("line 8 refused"), "{}", told[6]);
    assert_eq!(told[7], "f: 应当<公示>。");
    assert_eq!(told.len(), 8);
    let mut found = all(lines.as_bytes(), "全部.jsonl");
    assert!(found.windows(2).all(|pair| pair[0].read < pair[1].read), "how far it is grows");
    let last = found.pop().unwrap();
    assert_eq!(last.read, lines.len() as u64);
    let region = last.document.unwrap().given.region.unwrap();
    assert_eq!((region.province.as_deref(), region.city.as_deref()), (Some("湖南"), Some("甲市")));
    let (second, first) = (found.swap_remove(1), found.swap_remove(0));
    assert_eq!(second.document.unwrap().given.kind, Some(Kind::Law));
    assert_eq!(first.document.unwrap().given.title.as_deref(), Some("甲市条例"));
}

const TABLE: &str = "document_id,标识,text\n";

#[test]
fn a_table_from_excel_is_read_in_utf_8_and_gb18030() {
    let table = "document_id,title,province,date,text\r\n一,甲市条例,山东,2020-05-01,\"第一条　应当登记。\r\n第二条　应当\"\"牵引\"\"。\"\r\n\r\n\
                 二,,,,应当免疫。\r\n三,乙,应当免疫。\r\n四,丙,湖南,2021-01-01,应当公开。\r\n";
    let (gb, _, _) = GB18030.encode(table);
    let marked = format!("\u{feff}{table}");
    let tabbed = table.replace(',', "\t");
    for bytes in [table.as_bytes(), &gb, marked.as_bytes(), tabbed.as_bytes()] {
        let told = outcomes(bytes, "表.csv");
        assert_eq!(told[0], "一: 第一条　应当登记。");
        assert_eq!(told[1], "二: 应当免疫。");
        assert_eq!(told[2], "line 6 refused: row: expected 5 fields, as in the header, received 3");
        assert_eq!(told[3], "四: 应当公开。");
        let first = all(bytes, "表.csv").remove(0).document.unwrap();
        assert_eq!(first.text, "第一条　应当登记。\n第二条　应当\"牵引\"。");
        assert_eq!((first.given.title.as_deref(), first.given.date.as_deref()), (Some("甲市条例"), Some("2020-05-01")));
        assert_eq!(first.given.region.unwrap().province.as_deref(), Some("山东"));
    }
}

#[test]
fn a_table_with_wrong_columns_is_refused_with_the_names_of_the_right_ones() {
    let refused = refusal(format!("{TABLE}a,b,c\n").as_bytes(), "表.csv");
    assert!(
        refused.contains("columns: expected document_id, text, content, ")
            && refused.contains("province, city, county"),
        "{refused}"
    );
    assert!(refused.ends_with("received 标识"), "{refused}");
    for (header, told) in [
        ("title,text", "expected document_id, and text or content"),
        ("document_id,text,content", "expected document_id, and text or content"),
        ("document_id,text,text", "each column once"),
        ("document_id,text", "a header alone"),
    ] {
        let refused = refusal(header.as_bytes(), "表.csv");
        assert!(refused.contains(told), "{header}: {refused}");
    }
}

#[test]
fn a_quotation_mark_that_is_never_closed_takes_in_no_more_than_a_document_may_have() {
    let mut table = b"document_id,text\na,\"".to_vec();
    table.resize(65 << 20, b'x');
    let told = outcomes(&table, "表.csv");
    assert_eq!(
        told,
        ["line 2 refused: not a readable document: expected a row of at most 64 MB, received a larger one"]
    );
    let mut lines = b"{\"document_id\": \"a\", \"text\": \"".to_vec();
    lines.resize(65 << 20, b'x');
    lines.extend_from_slice("\n{\"document_id\": \"b\", \"text\": \"应当登记。\"}".as_bytes());
    let told = outcomes(&lines, "全部.jsonl");
    assert!(told[0].starts_with("line 1 refused") && told[0].contains("at most 64 MB"), "{}", told[0]);
    assert_eq!(told[1], "b: 应当登记。");
}

#[test]
fn what_cannot_be_cut_into_lines_is_refused() {
    let wide: Vec<u8> = "document_id,text\na,应当登记。\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [[b"\xff\xfe".as_slice(), &wide].concat(), wide] {
        assert!(refusal(&bytes, "表.csv").contains("received UTF-16LE"));
        assert!(refusal(&bytes, "表.jsonl").contains("received UTF-16LE"));
    }
    let told = outcomes(b"{\"document_id\": \"a\", \"text\": \"\xe5\xba\xff\xff\"}\n", "a.jsonl");
    assert!(told[0].starts_with("line 1 refused") && told[0].contains("neither UTF-8"), "{}", told[0]);
}
