//! What the things of the field are called in a file.

use super::{Language, Passage, Run, mark};
use crate::difference::{Difference, MeasureKind, Value, edits};
use crate::document::Metadata;
use crate::search::{Hit, Relation};
use crate::store::{ArticleRow, ClauseRow, DocumentRow};

pub(super) fn relation(relation: Relation, language: Language) -> &'static str {
    match relation {
        Relation::Verbatim => language.of("相同", "verbatim"),
        Relation::Edited => language.of("改写", "edited"),
        Relation::Equivalent => language.of("同类", "equivalent"),
        Relation::Related => language.of("相关", "related"),
        Relation::None => language.of("不相关", "none"),
    }
}

fn measure(kind: MeasureKind, language: Language) -> &'static str {
    match kind {
        MeasureKind::Figure => language.of("数值", "figure"),
        MeasureKind::Deadline => language.of("期限", "deadline"),
        MeasureKind::Responsible => language.of("主体", "responsible"),
        MeasureKind::Obligation => language.of("约束力", "strength"),
        MeasureKind::Scope => language.of("范围", "scope"),
    }
}

/// What differs in substance, a line each: `数值：95%以上 ／ 98%`.
pub(super) fn notes(differences: &[Difference], language: Language) -> Vec<String> {
    let of = |value: &Option<Value>| value.as_ref().map_or_else(|| "—".to_owned(), |value| one_line(&value.text));
    let (colon, slash) = (language.of("：", ": "), language.of(" ／ ", " / "));
    let note = |d: &Difference| format!("{}{colon}{}{slash}{}", measure(d.kind, language), of(&d.left), of(&d.right));
    differences.iter().map(note).collect()
}

pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Title, 文号 and date of a document as one cites it: `《…》（咸政发〔2016〕2号，2016-01-02）`.
pub(super) fn document(metadata: &Metadata, id: &str, language: Language) -> String {
    let title = metadata.title.as_deref().unwrap_or(id);
    let details: Vec<&str> =
        [&metadata.document_number, &metadata.date].into_iter().filter_map(|value| value.as_deref()).collect();
    if details.is_empty() {
        return format!("《{title}》");
    }
    match language {
        Language::Chinese => format!("《{title}》（{}）", details.join("，")),
        Language::English => format!("《{title}》 ({})", details.join(", ")),
    }
}

/// A clause as one cites it: its document, and its number there.
pub(super) fn citation(row: &DocumentRow, article: &ArticleRow, clause: &ClauseRow, language: Language) -> String {
    format!("{}{}{}", document(&row.metadata, &row.document_id, language), article.label, clause.label)
}

pub(super) fn citation_of(hit: &Hit, language: Language) -> String {
    citation(&hit.document, &hit.article, &hit.clause, language)
}

/// Both texts with what differs marked, where they are wordings of one text; plain where they have little more than
/// single characters in common.
pub(super) fn runs(left: &str, right: &str, relation: Relation) -> (Vec<Run>, Vec<Run>) {
    match relation {
        Relation::Verbatim | Relation::Edited => mark(left, right, &edits(left, right)),
        _ => (Run::plain(left), Run::plain(right)),
    }
}

pub(super) fn passage(runs: Vec<Run>, citation: impl Into<String>) -> Option<Passage> {
    Some(Passage { runs, citation: citation.into() })
}

/// A count and its share of the whole.
pub(super) fn shares(part: usize, whole: usize) -> String {
    if whole == 0 { "0".to_owned() } else { format!("{part}（{:.1}%）", part as f64 / whole as f64 * 100.0) }
}

pub(super) fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}
