//! The index table of a page within the text, and document numbers in their usual form.

use super::Validity;
use crate::document::Span;
use crate::document::chars::{Chars, is_space};
use crate::document::furniture::fields;
use crate::document::layout::{Segment, Zone};
use crate::document::lines::document_number;
use crate::document::numerals::{Date, arabic_digit, dates};
use crate::document::outline::join_spaced;

/// Values of the index table of a page.
#[derive(Default)]
pub(super) struct Table {
    pub(super) name: Option<String>,
    pub(super) number: Option<String>,
    pub(super) issuer: Option<String>,
    pub(super) issued: Option<String>,
    pub(super) published: Option<String>,
    pub(super) validity: Option<Validity>,
}

impl Table {
    pub(super) fn read(t: &Chars, segments: &[Segment]) -> Table {
        let mut table = Table::default();
        for s in segments.iter().take(80).filter(|s| s.zone == Zone::Furniture) {
            let day = |span: Span| dates(t, span.start, span.end).first().map(Date::iso);
            let cells = fields(t, s.span);
            if cells.is_empty() && t.has(s.span.start, "来源") {
                // 来源   2018/11/28   0
                table.published = table.published.or(day(s.span));
            }
            for (name, value) in cells {
                let words = join_spaced(&t.string(value));
                let words = (!words.is_empty()).then_some(words);
                match name.as_str() {
                    "名称" | "标题" => table.name = table.name.or(words),
                    "文号" | "发文字号" | "文件编号" => {
                        table.number = table.number.or(words.and_then(|w| number_in(&w)));
                    }
                    "发文单位" | "发文机关" | "制发机关" => table.issuer = table.issuer.or(words),
                    "发文日期" | "成文日期" | "生成日期" => table.issued = table.issued.or(day(value)),
                    "发布日期" | "发布时间" | "公开日期" => {
                        table.published = table.published.or(day(value))
                    }
                    "来源" | "信息来源" | "文章来源" => table.published = table.published.or(day(value)),
                    "有效性" | "时效性" => table.validity = table.validity.or(words.and_then(|w| validity(&w))),
                    _ => {}
                }
            }
        }
        table
    }
}

/// What a page says of whether a document is in force.
pub(in crate::document) fn validity(words: &str) -> Option<Validity> {
    // A sentence says more than one of these words can tell; 部分失效 is neither.
    if words.chars().count() > 12 || words.contains("部分") {
        return None;
    }
    const WORDS: [(&str, Validity); 14] = [
        ("尚未", Validity::NotYetInForce),
        ("未生效", Validity::NotYetInForce),
        ("未施行", Validity::NotYetInForce),
        ("废止", Validity::Repealed),
        ("失效", Validity::Expired),
        ("无效", Validity::Expired),
        ("否", Validity::Expired),
        ("修改", Validity::Amended),
        ("修订", Validity::Amended),
        ("修正", Validity::Amended),
        ("有效", Validity::InForce),
        ("现行", Validity::InForce),
        ("生效", Validity::InForce),
        ("是", Validity::InForce),
    ];
    WORDS.iter().find(|(word, _)| words.contains(word)).map(|(_, validity)| *validity)
}

/// A document number in a text, in its usual form: 咸政发〔2016〕2号.
pub(super) fn number_in(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !is_space(*c)).collect();
    let (start, end) = document_number(&text)?;
    let number = text.get(start..end)?;
    let open = ['［', '[', '（', '(', '【'];
    let close = ['］', ']', '）', ')', '】'];
    let half_width = |c: char| arabic_digit(c).and_then(|d| char::from_digit(d, 10)).unwrap_or(c);
    Some(number.replace(open, "〔").replace(close, "〕").chars().map(half_width).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_one_way() {
        assert_eq!(number_in("文件文字版:枣政字[2024]17号关于").as_deref(), Some("枣政字〔2024〕17号"));
        assert_eq!(number_in("咸政发[2008]１５号").as_deref(), Some("咸政发〔2008〕15号"));
        assert_eq!(number_in("没有"), None);
    }

    #[test]
    fn a_page_says_whether_a_document_is_in_force() {
        for (words, expected) in [
            ("现行有效", Some(Validity::InForce)),
            ("有效", Some(Validity::InForce)),
            ("已修改", Some(Validity::Amended)),
            ("已废止", Some(Validity::Repealed)),
            ("失效", Some(Validity::Expired)),
            ("无效", Some(Validity::Expired)),
            ("尚未生效", Some(Validity::NotYetInForce)),
            ("部分失效", None),
            ("", None),
            ("2020-01-01", None),
        ] {
            assert_eq!(validity(words), expected, "{words}");
        }
    }
}
