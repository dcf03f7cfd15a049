//! Files are read back as their readers do: ZIP parts, rows, escaped text.

use std::io::Read;

use super::*;
use crate::difference::edits;

/// A report with hostile texts in it.
fn report() -> Report {
    let (left, right) = ("合格率达到97%以上。", "合格率达到98.5%以上。");
    let (left_runs, right_runs) = mark(left, right, &edits(left, right));
    let pair = Pair {
        left: Some(Passage { runs: left_runs, citation: "第三条".to_owned() }),
        right: Some(Passage {
            runs: right_runs,
            citation: "《甲市条例》（甲政发〔2016〕2号，2016-01-02）第五条".to_owned(),
        }),
        tone: Tone::Edited,
        relation: "改写".to_owned(),
        probability: Some(0.874),
        notes: vec!["97% ／ 98.5%".to_owned()],
    };
    let alone = Pair {
        left: Some(Passage {
            runs: Run::plain("<script>alert('1')</script>&\u{1}\u{202e}🙂"),
            citation: String::new(),
        }),
        right: None,
        tone: Tone::Alone,
        relation: "无先例".to_owned(),
        probability: None,
        notes: Vec::new(),
    };
    let table = Table {
        name: "来源[1]:很长的名字很长的名字很长的名字很长的名字很长的名字".to_owned(),
        columns: vec![("文件".to_owned(), 40.0), ("条款".to_owned(), 10.0), ("比例".to_owned(), 10.0)],
        rows: vec![TableRow {
            tone: Tone::Plain,
            cells: vec![Cell::Text("=HYPERLINK(\"x\")".to_owned()), Cell::Number(3.0), Cell::Share(0.25)],
        }],
    };
    Report {
        title: "查先例：草案.docx".to_owned(),
        about: About {
            documents: 5,
            clauses: 1079,
            corpus: "/data".to_owned(),
            model: "model@1234".to_owned(),
            settings: vec![("limit".to_owned(), "5".to_owned())],
            made: "2026-01-02T03:04:05Z".to_owned(),
        },
        language: Language::Chinese,
        figures: vec![("条款".to_owned(), "2".to_owned())],
        sides: ["草案".to_owned(), "先例".to_owned()],
        pairs: vec![pair, alone],
        tables: vec![table.clone(), table],
        tables_lead: false,
    }
}

fn written(report: &Report, format: Format) -> Result<Vec<u8>> {
    let answer = serde_json::json!({"rows": [{"a": 1}, {"a": 2}], "took_ms": 3});
    File::new(report.clone(), &answer, "rows")?.write(format)
}

fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn csv_begins_with_a_mark_has_equal_rows_and_no_formula() {
    let mut report = report();
    report.tables_lead = true;
    let bytes = written(&report, Format::Csv).unwrap();
    assert!(bytes.starts_with(b"\xef\xbb\xbf"));
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(&bytes[3..]);
    let rows: Vec<Vec<String>> = reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
    assert_eq!(rows[0], ["文件", "条款", "比例"]);
    assert_eq!(rows[1], ["'=HYPERLINK(\"x\")", "3", "25.0%"]);
    for expected in ["语料", "模型", "设置", "生成时间"] {
        assert!(rows.iter().any(|row| row[0] == expected && !row[1].is_empty()), "{expected}");
    }
    report.tables_lead = false;
    let text = String::from_utf8(written(&report, Format::Csv).unwrap()).unwrap();
    assert!(text.contains("合格率达到97%以上。,第三条,改写,87.4%,合格率达到98.5%以上。"), "{text}");
}

#[test]
fn a_workbook_has_a_frozen_head_wrapped_and_coloured_cells_and_a_sheet_about_itself() {
    let bytes = written(&report(), Format::Xlsx).unwrap();
    let names = part(&bytes, "xl/workbook.xml");
    for name in ["对照表", "来源 1 ", "说明"] {
        assert!(names.contains(name), "{name} {names}");
    }
    let sheet = part(&bytes, "xl/worksheets/sheet1.xml");
    assert!(sheet.contains("state=\"frozen\"") && sheet.contains("<autoFilter"), "{sheet}");
    assert!(sheet.contains("customHeight=\"1\""), "rows are as high as their text: {sheet}");
    let styles = part(&bytes, "xl/styles.xml");
    assert!(styles.contains("wrapText=\"1\"") && styles.contains("FFFFF2CC"), "{styles}");
    let strings = part(&bytes, "xl/sharedStrings.xml");
    assert!(strings.contains("=HYPERLINK(\"x\")") && strings.contains("model@1234"), "{strings}");
    assert!(!sheet.contains("<f>"), "no formula");
}

#[test]
fn a_cell_that_does_not_fit_says_how_much_is_missing() {
    let mut report = report();
    report.tables[0].rows[0].cells[0] = Cell::Text("字".repeat(40_000));
    let strings = part(&written(&report, Format::Xlsx).unwrap(), "xl/sharedStrings.xml");
    assert!(strings.contains("余下 23657 字略"), "{}", &strings[strings.len().saturating_sub(400)..]);
}

#[test]
fn a_word_document_sets_passages_side_by_side_with_citations_and_marked_differences() {
    let document = part(&written(&report(), Format::Docx).unwrap(), "word/document.xml");
    for expected in ["查先例：草案.docx", "甲政发〔2016〕2号", "（无）", "97% ／ 98.5%", "model@1234", "C00000"]
    {
        assert!(document.contains(expected), "{expected}");
    }
    assert!(document.contains("w:fill=\"FFF2CC\"") && document.contains("w:orient=\"landscape\""));
    assert!(document.contains("&lt;script&gt;") && !document.contains("<script>") && !document.contains('\u{1}'));
}

#[test]
fn a_page_needs_nothing_beside_it_and_shows_markup_as_text() {
    let page = String::from_utf8(written(&report(), Format::Html).unwrap()).unwrap();
    assert!(page.contains("<mark>97</mark>") && page.contains("<mark>98.5</mark>"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;\u{fffd}"));
    for absent in ["<script", "src=", "href=", "url("] {
        assert!(!page.contains(absent), "{absent}");
    }
    assert!(page.contains("lang=\"zh-CN\"") && page.contains("data-tone=\"alone\""));
    let english = written(&Report { language: Language::English, ..report() }, Format::Html).unwrap();
    assert!(String::from_utf8(english).unwrap().contains("<dt>Corpus</dt><dd>/data (5 documents, 1079 clauses)"));
}

#[test]
fn formats_are_told_by_name_and_by_the_ending_of_a_file() {
    assert_eq!("xlsx".parse::<Format>().unwrap(), Format::Xlsx);
    assert_eq!(Format::of_file(Path::new("a/报告.DOCX")).unwrap(), Format::Docx);
    for wrong in ["a/b", "b.pdf"] {
        let error = Format::of_file(Path::new(wrong)).unwrap_err().to_string();
        assert!(error.contains("one of csv, xlsx, docx, html, json, ndjson"), "{error}");
    }
}

#[test]
fn json_is_the_answer_with_what_it_was_made_from_and_lines_have_a_row_each() {
    let whole: serde_json::Value = serde_json::from_slice(&written(&report(), Format::Json).unwrap()).unwrap();
    assert_eq!((&whole["rows"][1]["a"], &whole["about"]["model"]), (&2.into(), &"model@1234".into()));
    assert_eq!(whole["about"]["settings"]["limit"], "5");
    let lines = String::from_utf8(written(&report(), Format::Ndjson).unwrap()).unwrap();
    let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(
        (&lines[0]["about"]["documents"], &lines[1]["a"], &lines[3]["took_ms"]),
        (&5.into(), &1.into(), &3.into())
    );
}
