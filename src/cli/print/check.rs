//! A checked draft for people.

use super::{relation, source};
use crate::check::{CheckedClause, FigureDeviation, StrengthDeviation, Summary, Verdict};
use crate::difference::{EditKind, Strength, Value};
use crate::document::Span;
use crate::search::Hit;

/// A clause: the verdict, its text, the best precedent and what differs there, and where others are.
pub(in crate::cli) fn checked_clause(clause: &CheckedClause) -> String {
    let formula = if clause.formula.is_some() { ", formula" } else { "" };
    let chance = format!("{:.0}%", clause.probability * 100.0);
    let mut lines = vec![format!(
        "{}/{}  {}{formula}, {chance}  {}",
        clause.ordinal + 1,
        clause.of,
        clause.verdict.name(),
        clause.label
    )];
    if let Some(lead_in) = &clause.lead_in {
        lines.push(format!("    ({})", one_line(lead_in)));
    }
    lines.push(format!("    {}", one_line(&clause.text)));
    if let Some(best) = clause.precedents.first() {
        let nearest = if clause.verdict == Verdict::Novel { "nearest, " } else { "" };
        let (relation, chance) = (relation(best.relation), best.probability * 100.0);
        lines.push(format!("  = {nearest}{relation}, {chance:.0}%  [{}]", best.clause_id));
        lines.push(format!("    {}", one_line(&best.text)));
        lines.push(format!("    {}", source(best)));
        lines.extend(changes(&clause.text, best).map(|line| format!("    {line}")));
        lines.extend(values(best).map(|line| format!("    {line}")));
    }
    if clause.precedents.len() > 1 {
        let others: Vec<String> = clause.precedents[1..]
            .iter()
            .map(|hit| format!("{} {:.0}%", hit.clause_id, hit.probability * 100.0))
            .collect();
        lines.push(format!("    also {}", others.join(", ")));
    }
    lines.extend(clause.figures.iter().map(|figure| format!("  ! {}", self::figure(figure))));
    lines.extend(clause.strength.iter().map(|strength| format!("  ! {}", self::strength(strength))));
    lines.push(String::new());
    lines.join("\n")
}

/// The edits of a copied clause in one line: what the draft has, then what the precedent has.
fn changes<'a>(draft: &'a str, hit: &'a Hit) -> impl Iterator<Item = String> + 'a {
    let edits = hit.difference.iter().flat_map(|wording| &wording.edits);
    let part = |text: &str, span: Span| -> String {
        one_line(&text.chars().skip(span.start).take(span.len()).collect::<String>())
    };
    let changed: Vec<String> = edits
        .filter(|edit| edit.kind != EditKind::Equal)
        .map(|edit| format!("{}→{}", part(draft, edit.left), part(&hit.text, edit.right)))
        .collect();
    (!changed.is_empty()).then(|| format!("changed: {}", changed.join("  "))).into_iter()
}

/// Figures and the like that differ, one a line.
fn values(hit: &Hit) -> impl Iterator<Item = String> + '_ {
    let side = |value: &Option<Value>| value.as_ref().map_or("–".to_owned(), |value| value.text.clone());
    let measures = hit.difference.iter().flat_map(|wording| &wording.measures);
    measures.map(move |d| format!("{}: {} | {}", d.kind.name(), side(&d.left), side(&d.right)))
}

fn figure(figure: &FigureDeviation) -> String {
    let range = if figure.lowest == figure.highest {
        format!("{}{}", figure.lowest, figure.unit)
    } else {
        format!("{}–{}{}", figure.lowest, figure.highest, figure.unit)
    };
    let place = if figure.outside { "outside" } else { "within" };
    let n = figure.precedents.len();
    format!("figure {}: {n} precedents have {range}, {place} their range", figure.draft.text)
}

fn strength(deviation: &StrengthDeviation) -> String {
    let word = |strength: Strength| match strength {
        Strength::Forbidden => "forbids",
        Strength::Must => "obliges",
        Strength::May => "allows",
        Strength::Encouraged => "encourages",
        Strength::Explored => "explores",
    };
    let mut others: Vec<&str> = deviation.precedents.iter().map(|(_, strength)| word(*strength)).collect();
    others.sort_unstable();
    others.dedup();
    let n = deviation.precedents.len();
    format!("the draft {}, each of {n} precedents {}", word(deviation.draft), others.join(" or "))
}

/// What the draft comes to.
pub(in crate::cli) fn check_summary(summary: &Summary, took_ms: f64) -> String {
    let s = summary;
    let percent = |share: f64| format!("{:.0}%", share * 100.0);
    let mut lines = vec![
        format!("{} clauses, {} of them formulas that count no further", s.clauses, s.formulas),
        format!("  precedented       {:>5}  {} of the clauses", s.precedented, percent(s.coverage)),
        format!("  related           {:>5}", s.related),
        format!("  novel             {:>5}", s.novel),
        format!("  {} of the characters are in clauses with a precedent", percent(s.covered_share)),
        format!("  {} of the characters are copied word for word", percent(s.verbatim_share)),
        format!("  {} of the characters are in clauses that the largest source has", percent(s.largest_source_share)),
    ];
    if !s.documents.is_empty() {
        lines.push("\nSources: clauses, share of characters, copied word for word".to_owned());
    }
    lines.extend(s.documents.iter().map(|source| {
        let title = source.document.metadata.title.as_deref().unwrap_or("");
        let (share, copied) = (percent(source.share), percent(source.verbatim_share));
        let same = if source.same { "  PROBABLY THE SAME DOCUMENT" } else { "" };
        format!("  {:>5} {share:>5} {copied:>5}  {}  {title}{same}", source.clauses, source.document.document_id)
    }));
    for id in &s.same_documents {
        lines.push(format!("\n{id} is probably this draft or a version of it: --exclude-document {id} leaves it out"));
    }
    if !s.novel_clauses.is_empty() {
        lines.push("\nNovel:".to_owned());
    }
    lines.extend(s.novel_clauses.iter().map(|c| format!("  {:>4}  {} {}", c.ordinal + 1, c.label, one_line(&c.text))));
    if !s.figures.is_empty() || !s.strengths.is_empty() {
        lines.push("\nOtherwise than all precedents:".to_owned());
    }
    lines.extend(s.figures.iter().map(|(ordinal, one)| format!("  {:>4}  {}", ordinal + 1, figure(one))));
    lines.extend(s.strengths.iter().map(|(ordinal, one)| format!("  {:>4}  {}", ordinal + 1, strength(one))));
    lines.push(format!("\n{:.1} s", took_ms / 1e3));
    lines.join("\n")
}

fn one_line(text: &str) -> String {
    text.replace('\n', " ")
}
