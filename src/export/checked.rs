//! The report on a draft.

use super::words::{citation_of, document, notes, one_line, passage, percent, relation, runs, shares};
use super::{About, Cell, Language, Pair, Report, Run, Table, TableRow, Tone};
use crate::check::{CheckedClause, FigureDeviation, StrengthDeviation, Summary, Verdict};
use crate::difference::{Strength, differences};

/// A draft beside its precedents: a row for each precedent of each clause, sources and deviations as tables.
pub fn checked(name: &str, clauses: &[CheckedClause], summary: &Summary, about: About, language: Language) -> Report {
    let t = |chinese, english| language.of(chinese, english).to_owned();
    Report {
        title: format!("{}{name}", language.of("草案查先例：", "Precedents of ")),
        figures: figures(summary, language),
        sides: [t("草案", "Draft"), t("先例", "Precedent")],
        pairs: clauses.iter().flat_map(|clause| pairs(clause, language)).collect(),
        tables: vec![sources(summary, language), deviations(clauses, summary, language)]
            .into_iter()
            .filter(|table| !table.rows.is_empty())
            .collect(),
        tables_lead: false,
        about,
        language,
    }
}

fn verdict(verdict: Verdict, language: Language) -> &'static str {
    match verdict {
        Verdict::Precedented => language.of("有先例", "precedented"),
        Verdict::Related => language.of("有相关内容", "related"),
        Verdict::Novel => language.of("未见先例", "novel"),
    }
}

fn strength(strength: Strength) -> &'static str {
    match strength {
        Strength::Forbidden => "不得",
        Strength::Must => "应当",
        Strength::May => "可以",
        Strength::Encouraged => "鼓励",
        Strength::Explored => "探索",
    }
}

fn figures(summary: &Summary, language: Language) -> Vec<(String, String)> {
    let measures = summary.clauses - summary.formulas - summary.excluded;
    let lines = [
        ("条款", "Clauses", summary.clauses.to_string()),
        ("其中套语（不计入比例）", "Formulas among them (in no ratio)", summary.formulas.to_string()),
        ("有先例", "Precedented", shares(summary.precedented, measures)),
        ("有相关内容", "Related", shares(summary.related, measures)),
        ("未见先例", "Novel", shares(summary.novel, measures)),
        ("字数有先例的比例", "Characters in precedented clauses", percent(summary.covered_share)),
        ("逐字照抄的比例", "Characters copied", percent(summary.verbatim_share)),
        ("最大单一来源的比例", "Largest single source", percent(summary.largest_source_share)),
    ];
    let mut lines: Vec<(String, String)> =
        lines.into_iter().map(|(chinese, english, value)| (language.of(chinese, english).to_owned(), value)).collect();
    if summary.excluded > 0 {
        let name = language.of("不计入的条款", "Clauses left out").to_owned();
        lines.insert(2, (name, summary.excluded.to_string()));
    }
    if !summary.same_documents.is_empty() {
        let name = language.of("很可能就是本草案的文件", "Probably the draft itself").to_owned();
        lines.push((name, summary.same_documents.join("，")));
    }
    lines
}

fn pairs(clause: &CheckedClause, language: Language) -> Vec<Pair> {
    let mut place = clause.path.last().cloned().unwrap_or_default();
    if !clause.label.is_empty() {
        place = if place.is_empty() { clause.label.clone() } else { format!("{place} {}", clause.label) };
    }
    let counts = clause.formula.is_none() && !clause.excluded;
    let word = match clause.formula {
        _ if clause.excluded => language.of("不计入", "left out"),
        Some(_) => language.of("套语", "formula"),
        None => verdict(clause.verdict, language),
    };
    if clause.precedents.is_empty() {
        return vec![Pair {
            left: passage(Run::plain(&clause.text), place),
            right: None,
            tone: if counts { Tone::Alone } else { Tone::Plain },
            relation: word.to_owned(),
            probability: None,
            notes: Vec::new(),
        }];
    }
    let pair = |(rank, hit): (usize, &crate::search::Hit)| {
        let (left, right) = runs(&clause.text, &hit.text, hit.relation);
        let relation = relation(hit.relation, language);
        Pair {
            left: passage(left, place.clone()),
            right: passage(right, citation_of(hit, language)),
            tone: hit.relation.into(),
            // The verdict is the clause's, so that it stands once.
            relation: if rank == 0 { format!("{word}：{relation}") } else { relation.to_owned() },
            probability: Some(hit.probability),
            notes: notes(&differences(&clause.text, &hit.text), language),
        }
    };
    clause.precedents.iter().enumerate().map(pair).collect()
}

fn sources(summary: &Summary, language: Language) -> Table {
    let t = |chinese, english| language.of(chinese, english).to_owned();
    let rows = summary.documents.iter().map(|source| TableRow {
        tone: if source.same { Tone::Alone } else { Tone::Plain },
        cells: vec![
            Cell::Text(document(&source.document.metadata, &source.document.document_id, language)),
            Cell::text(source.document.metadata.region.as_ref().map(ToString::to_string)),
            Cell::Number(source.clauses as f64),
            Cell::Share(source.share),
            Cell::Share(source.verbatim_share),
            Cell::Number(source.verbatim_characters as f64),
        ],
    });
    Table {
        name: t("来源", "Sources"),
        columns: vec![
            (t("文件", "Document"), 60.0),
            (t("地区", "Region"), 20.0),
            (t("涉及条款", "Clauses"), 10.0),
            (t("字数占比", "Share of characters"), 12.0),
            (t("照抄占比", "Share copied"), 12.0),
            (t("照抄字数", "Characters copied"), 12.0),
        ],
        rows: rows.collect(),
    }
}

fn deviations(clauses: &[CheckedClause], summary: &Summary, language: Language) -> Table {
    let t = |chinese, english| language.of(chinese, english).to_owned();
    let text = |ordinal: usize| clauses.get(ordinal).map(|clause| one_line(&clause.text));
    let figure = |(ordinal, figure): &(usize, FigureDeviation)| {
        let others = figure.precedents.iter().map(|p| format!("{} [{}]", one_line(&p.text), p.clause_id));
        (text(*ordinal), t("数值", "figure"), one_line(&figure.draft.text), others.collect::<Vec<_>>().join("\n"))
    };
    let binding = |(ordinal, deviation): &(usize, StrengthDeviation)| {
        let others = deviation.precedents.iter().map(|(id, other)| format!("{} [{id}]", strength(*other)));
        let own = strength(deviation.draft).to_owned();
        (text(*ordinal), t("约束力", "strength"), own, others.collect::<Vec<_>>().join("\n"))
    };
    let rows = summary.figures.iter().map(figure).chain(summary.strengths.iter().map(binding));
    let rows = rows.map(|(clause, kind, own, others)| TableRow {
        tone: Tone::Plain,
        cells: vec![Cell::text(clause), Cell::Text(kind), Cell::Text(own), Cell::Text(others)],
    });
    Table {
        name: t("与全部先例不同", "Unlike all precedents"),
        columns: vec![
            (t("草案条款", "Clause of the draft"), 60.0),
            (t("事项", "What"), 10.0),
            (t("草案", "Draft"), 24.0),
            (t("先例", "Precedents"), 40.0),
        ],
        rows: rows.collect(),
    }
}
