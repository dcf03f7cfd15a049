//! A draft to clauses.

use crate::difference::{Formula, boilerplate};
use crate::document::chars::is_space;
use crate::document::{self, Span};
use crate::error::{Error, Result};
use crate::search;

/// Most clauses of a draft: five times a long work report.
pub const MOST_CLAUSES: usize = 2_000;
/// Longest draft, in bytes of UTF-8: some 350,000 Chinese characters.
pub const MOST_BYTES: usize = 1 << 20;

/// The text of a draft out of the bytes of a file called `name`, in any format that documents are read in.
///
/// # Errors
/// [`Error::Unreadable`] when it cannot be read or holds several documents.
pub fn read(bytes: &[u8], name: &str) -> Result<String> {
    Ok(document::extract::only_document(bytes, name)?.text)
}

/// A clause of a draft.
#[derive(Debug)]
pub(super) struct DraftClause {
    pub(super) span: Span,
    pub(super) text: String,
    pub(super) label: String,
    pub(super) path: Vec<String>,
    pub(super) lead_in: Option<String>,
    pub(super) formula: Option<Formula>,
}

/// The clauses of a draft in reading order; at least one.
///
/// A clause is searched by its own text, as clauses of documents are encoded: what leads it in is for readers. Searched
/// with it, items of eleven judged lists ranked alike (nDCG@10 0.782 against 0.778), and their probabilities told those
/// with a precedent from those without less well.
///
/// # Errors
/// [`Error::Invalid`] for a text that is too long, has too many clauses or none, or one longer than a search takes.
pub(super) fn clauses(text: &str) -> Result<Vec<DraftClause>> {
    if text.len() > MOST_BYTES {
        return Err(Error::invalid(
            "text",
            format!("at most {MOST_BYTES} bytes of UTF-8"),
            format!("{} bytes", text.len()),
        ));
    }
    let parsed = document::parse(text);
    let mut clauses: Vec<DraftClause> = parsed
        .clauses
        .iter()
        .map(|clause| {
            let article = parsed.articles.get(clause.article);
            DraftClause {
                span: clause.span,
                text: clause.text.clone(),
                label: format!("{}{}", article.map_or("", |article| &article.label), clause.label),
                path: article.map_or_else(Vec::new, |article| article.path.clone()),
                lead_in: clause.lead_in.map(|span| parsed.slice(span).to_owned()),
                formula: boilerplate(&clause.text),
            }
        })
        .collect();
    if clauses.is_empty() {
        clauses.extend(whole(text));
    }
    let longest = clauses.iter().map(|clause| clause.text.chars().count()).max().unwrap_or(0);
    let invalid = |expected: String, received: String| Err(Error::invalid("text", expected, received));
    if clauses.is_empty() {
        return invalid(
            "a text with at least one sentence".to_owned(),
            format!("{} characters without one", text.chars().count()),
        );
    }
    if clauses.len() > MOST_CLAUSES {
        return invalid(format!("at most {MOST_CLAUSES} clauses"), format!("{} clauses", clauses.len()));
    }
    if longest > search::Request::MOST_CHARACTERS {
        let most = search::Request::MOST_CHARACTERS;
        return invalid(format!("sentences of at most {most} characters"), format!("one of {longest} characters"));
    }
    Ok(clauses)
}

/// A line or two that a document would have for a title: whoever sends nothing else wants precedents of it.
fn whole(text: &str) -> Option<DraftClause> {
    let trimmed = text.trim_matches(is_space);
    if !trimmed.chars().any(char::is_alphanumeric) {
        return None;
    }
    let start = text.chars().take_while(|c| is_space(*c)).count();
    Some(DraftClause {
        span: Span { start, end: start + trimmed.chars().count() },
        text: trimmed.to_owned(),
        label: String::new(),
        path: Vec::new(),
        lead_in: None,
        formula: boilerplate(trimmed),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(draft: &str) -> Vec<String> {
        clauses(draft).unwrap().into_iter().map(|clause| clause.text).collect()
    }

    #[test]
    fn a_bare_paragraph_is_taken_apart_whole() {
        let draft = "某市推行消费争议先行赔付。对预付卡资金实行第三方存管；商户未提供服务前不得支取。";
        assert_eq!(texts(draft).concat(), draft);
        assert_eq!(texts(draft)[0], "某市推行消费争议先行赔付。");
    }

    #[test]
    fn a_line_that_a_document_would_have_for_a_title_is_a_clause_where_there_is_nothing_else() {
        let draft = " \n  推行消费争议先行赔付\n";
        let found = clauses(draft).unwrap();
        assert_eq!(found[0].text, "推行消费争议先行赔付");
        let characters: Vec<char> = draft.chars().collect();
        assert_eq!(characters[found[0].span.start..found[0].span.end].iter().collect::<String>(), found[0].text);
    }

    #[test]
    fn items_keep_their_lead_in_and_formulas_are_known() {
        let found = clauses(
            "某市养犬条例\n第一条　养犬人应当遵守下列规定：\n（一）携犬出户时束犬链；\n（二）及时清除犬只排泄物。\n\
             第二条　本条例自2025年1月1日起施行。\n",
        )
        .unwrap();
        let item = found.iter().find(|clause| clause.text.contains("束犬链")).unwrap();
        assert_eq!(item.lead_in.as_deref(), Some("养犬人应当遵守下列规定："));
        assert_eq!(item.label, "第一条第（一）项");
        assert_eq!(found.last().unwrap().formula, Some(Formula::Effective));
        assert_eq!(item.formula, None);
    }

    #[test]
    fn a_draft_out_of_bounds_is_refused_with_what_was_expected() {
        let message = |text: &str| clauses(text).unwrap_err().to_string();
        assert_eq!(
            message(&"甲".repeat(MOST_BYTES)),
            format!("text: expected at most {MOST_BYTES} bytes of UTF-8, received {} bytes", 3 * MOST_BYTES)
        );
        assert_eq!(
            message(&"健全制度。".repeat(MOST_CLAUSES + 1)),
            format!("text: expected at most 2000 clauses, received {} clauses", MOST_CLAUSES + 1)
        );
        assert!(message(&"健全制度".repeat(5_001)).contains("sentences of at most 20000 characters"));
        assert_eq!(
            message(" …… \n"),
            "text: expected a text with at least one sentence, received 5 characters without one"
        );
    }
}
