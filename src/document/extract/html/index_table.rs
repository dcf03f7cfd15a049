//! What a page says about the document beside its text: the index table (索引号, 文号, 发布日期 …) and its meta tags.

use super::lines::Line;
use super::tree::{Id, ROOT, Tree};
use crate::document::Metadata;
use crate::document::chars::{Chars, is_space};
use crate::document::furniture::is_field;
use crate::document::lines::document_number;
use crate::document::metadata::validity;
use crate::document::numerals::dates;
use crate::document::region::place;

/// Longest value that is read, in characters.
const VALUE: usize = 200;

/// The fields of the lines of a page, in order: `文号：咸政发〔2016〕2号`, a row of names and values, or a name on one line
/// and its value on the next.
pub(super) fn fields(lines: &[Line]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut waiting: Option<String> = None;
    for line in lines {
        for cell in line.text.split('\t').flat_map(parts) {
            let (name, value) = split(&cell);
            match (name, waiting.take()) {
                (Some(name), _) if value.is_empty() => waiting = Some(name),
                (Some(name), _) => found.push((name, value)),
                (None, Some(name)) if cell.chars().count() <= VALUE => found.push((name, cell.trim().to_owned())),
                (None, _) => {}
            }
        }
    }
    found
}

/// A cell cut where another field begins in it: `发布时间：2016-02-16  来源：市政府`.
fn parts(cell: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for word in cell.split_inclusive([' ', '\u{3000}', '|']) {
        let begins = word.find(['：', ':']).is_some_and(|_| split(word).0.is_some());
        match parts.last_mut() {
            Some(last) if !begins => last.push_str(word),
            _ => parts.push(word.to_owned()),
        }
    }
    parts
        .into_iter()
        .map(|part| part.trim().trim_end_matches('|').trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

/// The name of a field and what follows it; no name where the text begins with none.
fn split(text: &str) -> (Option<String>, String) {
    let squeeze = |name: &str| -> String {
        name.chars().filter(|c| !is_space(*c) && !matches!(c, '[' | ']' | '【' | '】' | '•' | '·' | '●')).collect()
    };
    let head: String = text.chars().take(24).collect();
    match head.find(['：', ':']) {
        Some(at) => {
            let name = squeeze(head.get(..at).unwrap_or(""));
            let value = text
                .get(at..)
                .unwrap_or("")
                .trim_start_matches(['：', ':'])
                .trim_matches(|c| is_space(c) || matches!(c, ']' | '】'));
            (is_field(&name).then_some(name), value.to_owned())
        }
        None => {
            let name = squeeze(text);
            (is_field(&name).then_some(name), String::new())
        }
    }
}

/// What the fields and the meta tags say, and a warning where they say that the document is not in force.
pub(super) fn stated(tree: &Tree, fields: &[(String, String)]) -> (Metadata, Option<String>) {
    let mut stated = Metadata::default();
    let mut warning = None;
    for (name, value) in fields {
        let words = value.split_whitespace().collect::<Vec<_>>().join(" ");
        if words.is_empty() || words.chars().count() > VALUE {
            continue;
        }
        match name.as_str() {
            "名称" | "标题" => set(&mut stated.title, Some(words)),
            "文号" | "发文字号" | "文件编号" => set(&mut stated.document_number, number(&words)),
            "发文单位" | "发文机关" | "制发机关" | "发布机构" | "发布单位" => {
                set(&mut stated.issuer, words.chars().any(crate::document::is_han).then_some(words));
            }
            "发文日期" | "成文日期" | "生成日期" => set(&mut stated.date, date(&words)),
            "发布日期" | "发布时间" | "公开日期" => set(&mut stated.published, date(&words)),
            "生效日期" | "施行日期" | "实施日期" => set(&mut stated.effective, date(&words)),
            "有效性" | "时效性" => {
                stated.validity = stated.validity.or_else(|| validity(&words));
                if ["失效", "废止", "无效"].iter().any(|word| words.contains(word)) {
                    warning = Some(format!("the page says that it is not in force: {name} {words}"));
                }
            }
            _ => {}
        }
    }
    let meta = |wanted: &str| meta(tree, wanted);
    set(&mut stated.title, meta("articletitle"));
    set(&mut stated.published, meta("pubdate").and_then(|text| date(&text)));
    if let Some(of) = stated.issuer.as_deref().and_then(place) {
        stated.region = Some(of.region);
        stated.level = Some(of.level);
    }
    (stated, warning)
}

fn set(field: &mut Option<String>, value: Option<String>) {
    if field.is_none() {
        *field = value;
    }
}

/// The content of a meta tag that is not empty.
pub(super) fn meta(tree: &Tree, wanted: &str) -> Option<String> {
    let mut found = None;
    each(tree, "meta", |id| {
        let named = tree.attribute(id, "name").is_some_and(|name| name.eq_ignore_ascii_case(wanted));
        let content = tree.attribute(id, "content").unwrap_or("").trim();
        if named && found.is_none() && !content.is_empty() {
            found = Some(content.to_owned());
        }
    });
    found
}

/// Calls for every element of a name, hidden ones too.
pub(super) fn each(tree: &Tree, name: &str, mut call: impl FnMut(Id)) {
    tree.walk(ROOT, |id| {
        if tree.name(id) == name {
            call(id);
        }
        true
    });
}

fn date(text: &str) -> Option<String> {
    let t = Chars::new(text);
    dates(&t, 0, t.len()).first().map(crate::document::numerals::Date::iso)
}

fn number(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !is_space(*c)).collect();
    let (start, end) = document_number(&text)?;
    let number = text.get(start..end)?;
    Some(number.replace(['［', '[', '（', '(', '【'], "〔").replace(['］', ']', '）', ')', '】'], "〕"))
}
