//! Two documents beside each other.

use super::words::{document, notes, passage, percent, relation};
use super::{About, Language, Pair, Report, Run, Tone, mark};
use crate::compare::{Alignment, Comparison, Row, Side};

/// A comparison in rows: every clause of both documents once, differences marked.
pub fn comparison(found: &Comparison, about: About, language: Language) -> Report {
    let t = |chinese, english| language.of(chinese, english).to_owned();
    let (left, right) = (name(&found.left, language), name(&found.right, language));
    let pair = |row: &Row| match row {
        Row::Aligned(at) => found.alignments.get(*at).map(|alignment| aligned(found, alignment, language)),
        Row::OnlyLeft(at) => alone(&found.left, *at).map(|passage| Pair {
            left: Some(passage),
            right: None,
            tone: Tone::Alone,
            relation: t("仅左侧有", "only left"),
            probability: None,
            notes: Vec::new(),
        }),
        Row::OnlyRight(at) => alone(&found.right, *at).map(|passage| Pair {
            left: None,
            right: Some(passage),
            tone: Tone::Alone,
            relation: t("仅右侧有", "only right"),
            probability: None,
            notes: Vec::new(),
        }),
    };
    Report {
        title: format!("{}{left} ／ {right}", language.of("文件对照：", "Comparison of ")),
        figures: figures(found, language),
        sides: [left, right],
        pairs: found.rows.iter().filter_map(pair).collect(),
        tables: Vec::new(),
        tables_lead: false,
        about,
        language,
    }
}

fn name(side: &Side, language: Language) -> String {
    let id = side.document_id.as_deref().or(side.name.as_deref()).unwrap_or("—");
    document(&side.metadata, id, language)
}

fn place(side: &Side, clause: usize) -> String {
    let Some(clause) = side.clauses.get(clause) else { return String::new() };
    let article = side.articles.get(clause.article);
    format!("{}{}", article.map_or("", |article| article.label.as_str()), clause.label)
}

fn alone(side: &Side, clause: usize) -> Option<super::Passage> {
    passage(Run::plain(&side.clauses.get(clause)?.text), place(side, clause))
}

fn aligned(found: &Comparison, alignment: &Alignment, language: Language) -> Pair {
    let (left, right) = (found.left.joined(&alignment.left), found.right.joined(&alignment.right));
    let (left_runs, right_runs) = match alignment.edits.is_empty() {
        true => (Run::plain(left), Run::plain(right)),
        false => mark(&left, &right, &alignment.edits),
    };
    let places = |side: &Side, clauses: &[usize]| {
        clauses.iter().map(|clause| place(side, *clause)).collect::<Vec<_>>().join(language.of("、", ", "))
    };
    let mut word = relation(alignment.relation, language).to_owned();
    if alignment.moved {
        word.push_str(language.of("，位置变动", ", moved"));
    }
    Pair {
        left: passage(left_runs, places(&found.left, &alignment.left)),
        right: passage(right_runs, places(&found.right, &alignment.right)),
        tone: alignment.relation.into(),
        relation: word,
        probability: Some(alignment.probability),
        notes: notes(&alignment.measures, language),
    }
}

fn figures(found: &Comparison, language: Language) -> Vec<(String, String)> {
    let summary = &found.summary;
    let both = |left: usize, right: usize| format!("{left} ／ {right}");
    let lines = [
        ("条款（左／右）", "Clauses (left / right)", both(summary.left.clauses, summary.right.clauses)),
        ("相同", "Verbatim", both(summary.left.verbatim, summary.right.verbatim)),
        ("改写", "Edited", both(summary.left.edited, summary.right.edited)),
        ("同类", "Equivalent", both(summary.left.equivalent, summary.right.equivalent)),
        ("仅一侧有", "On one side only", both(summary.left.only, summary.right.only)),
        (
            "仅一侧有的字数占比",
            "Share of characters on one side only",
            format!(
                "{} ／ {}",
                percent(f64::from(summary.left.only_characters)),
                percent(f64::from(summary.right.only_characters))
            ),
        ),
        ("条序改变的条", "Articles renumbered", summary.renumbered_articles.to_string()),
        ("位置变动的条", "Articles moved", summary.moved_articles.to_string()),
        ("数值不同", "Figures that differ", summary.figures.to_string()),
        ("期限不同", "Deadlines that differ", summary.deadlines.to_string()),
        ("主体不同", "Actors that differ", summary.responsible.to_string()),
        ("约束力不同", "Strength that differs", summary.obligations.to_string()),
        ("范围不同", "Scope that differs", summary.scopes.to_string()),
    ];
    lines.into_iter().map(|(chinese, english, value)| (language.of(chinese, english).to_owned(), value)).collect()
}
