//! Tables for people: regions as rows, two documents beside each other.

use crate::compare::{ArticleChange, Comparison, Row, Side, SideSummary};
use crate::difference::{Difference, MeasureKind, Value};
use crate::equivalents::{DateKind, Equivalents, RegionMatrix};
use crate::search::Relation;

/// Columns of a terminal that a text takes: Chinese characters take two.
fn width(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() || c == '—' { 1 } else { 2 }).sum()
}

/// Rows under each other in columns.
fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|c| rows.iter().filter_map(|row| row.get(c)).map(|cell| width(cell)).max().unwrap_or(0))
        .collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, most)| format!("{cell}{}", " ".repeat(most - width(cell))));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn percent(share: f32) -> String {
    format!("{:.0}%", share * 100.0)
}

fn relation(relation: Relation) -> &'static str {
    match relation {
        Relation::Verbatim => "verbatim",
        Relation::Edited => "edited",
        Relation::Equivalent => "equivalent",
        Relation::Related => "related",
        Relation::None => "none",
    }
}

fn date(date: Option<(&str, DateKind)>) -> String {
    match date {
        None => "no date".to_owned(),
        Some((date, DateKind::Issued)) => date.to_owned(),
        Some((date, DateKind::Published)) => format!("{date} (published)"),
        Some((date, DateKind::Effective)) => format!("{date} (effective)"),
    }
}

/// Who has a measure: a table of regions, then the words of each.
pub(super) fn equivalents(found: &Equivalents) -> String {
    let mut lines = vec![found.asked.text.replace('\n', " ")];
    if let Some((id, document)) = &found.asked.clause {
        let title = document.metadata.title.as_deref().unwrap_or(&document.document_id);
        let asked = found.asked.date.as_ref().map(|(d, kind)| (d.as_str(), *kind));
        let earliest = if found.asked.earliest { ", earliest in this corpus" } else { "" };
        lines.push(format!("    [{id}] 《{title}》 {}{earliest}", date(asked)));
    }
    lines.push(String::new());
    // A column that only one region has is told with its words.
    let shared: Vec<usize> =
        (0..found.columns.len()).filter(|c| found.columns[*c].values.iter().flatten().count() > 1).collect();
    let mut table = vec![vec!["region".to_owned(), "since".to_owned(), "documents".to_owned(), "best".to_owned()]];
    table[0].extend(shared.iter().map(|c| {
        let column = &found.columns[*c];
        let about = if column.about.is_empty() { column.kind.name() } else { &column.about };
        if column.unit.is_empty() { about.to_owned() } else { format!("{about} ({})", column.unit) }
    }));
    let cell = |value: Option<&Option<Value>>| {
        value.and_then(Option::as_ref).map_or("—".to_owned(), |value| value.text.replace('\n', ""))
    };
    if found.columns.iter().any(|column| column.values.first().is_some_and(Option::is_some)) {
        let mut asked = vec!["(asked)".to_owned(), String::new(), String::new(), String::new()];
        asked.extend(shared.iter().map(|c| cell(found.columns[*c].values.first())));
        table.push(asked);
    }
    for (k, row) in found.rows.iter().enumerate() {
        let mut line = vec![
            row.area.to_string(),
            date(row.since.as_ref().map(|since| (since.date.as_str(), since.date_kind))),
            format!("{} of {}", row.documents_with, row.documents),
            format!("{} {}", relation(row.best.relation), percent(row.best.probability)),
        ];
        line.extend(shared.iter().map(|c| cell(found.columns[*c].values.get(k + 1))));
        table.push(line);
    }
    if !found.rows.is_empty() {
        lines.extend(aligned(&table));
        lines.push(String::new());
    }
    for row in &found.rows {
        let m = &row.best.document.metadata;
        let title = m.title.as_deref().unwrap_or(&row.best.document.document_id);
        let earliest = if row.earliest { ", earliest in this corpus" } else { "" };
        let own = date(row.date.as_ref().map(|(date, kind)| (date.as_str(), *kind)));
        let parts: Vec<&str> = [m.document_number.as_deref(), m.issuer.as_deref()].into_iter().flatten().collect();
        lines.push(format!("{}  {own}{}  《{title}》  {}", row.area, own_earliest(row, earliest), parts.join("  ")));
        lines.push(format!("    {}", row.best.text.replace('\n', " ")));
        lines.push(format!("    [{}] {}{}", row.best.clause_id, row.best.article.label, row.best.article.title));
        if !row.responsible.is_empty() {
            lines.push(format!("    responsible: {}", row.responsible.join("、")));
        }
        if let Some(since) = row.since.as_ref().filter(|since| since.clause_id != row.best.clause_id) {
            let title = since.document.metadata.title.as_deref().unwrap_or(&since.document.document_id);
            lines.push(format!("    since {}{earliest}: 《{title}》 [{}]", since.date, since.clause_id));
        }
        lines.push(String::new());
    }
    for area in &found.not_found {
        lines.push(format!("{}: none found among {} documents", area.area, area.documents));
    }
    let regions = found.rows.len() + found.not_found.len();
    lines.push(format!(
        "{} of {regions} regions, {} documents looked at, in {:.0} ms",
        found.rows.len(),
        found.documents,
        found.took_ms
    ));
    lines.join("\n")
}

/// The mark of the earliest, where the best clause is the one that is.
fn own_earliest<'t>(row: &crate::equivalents::Row, mark: &'t str) -> &'t str {
    let own = row.since.as_ref().is_some_and(|since| since.clause_id == row.best.clause_id);
    if own { mark } else { "" }
}

/// Measures by regions: a column a measure, so that regions are rows; the measures themselves above.
pub(super) fn matrix(matrix: &RegionMatrix) -> String {
    let mut lines: Vec<String> = matrix
        .lines
        .iter()
        .enumerate()
        .map(|(k, line)| format!("{:>3}. {}", k + 1, line.text.replace('\n', " ")))
        .collect();
    lines.push(String::new());
    let mut table = vec![vec!["region".to_owned(), "documents".to_owned(), "has".to_owned()]];
    table[0].extend((1..=matrix.lines.len()).map(|k| k.to_string()));
    for (r, region) in matrix.regions.iter().enumerate() {
        let mut line = vec![
            region.area.to_string(),
            region.documents.to_string(),
            format!("{} of {}", region.found, matrix.lines.len()),
        ];
        line.extend(matrix.cells.iter().map(|cells| match cells.get(r).and_then(Option::as_ref) {
            None => "—".to_owned(),
            Some(row) => {
                let year = row.since.as_ref().and_then(|since| since.date.get(..4)).unwrap_or("no date");
                let first = if row.earliest { "*" } else { "" };
                format!("{year}{first} {}", percent(row.best.probability))
            }
        }));
        table.push(line);
    }
    lines.extend(aligned(&table));
    lines.push(format!(
        "\nyears: since when, by the earliest document with an equivalent; * earliest in this corpus; {:.0} ms",
        matrix.took_ms
    ));
    lines.join("\n")
}

/// Two documents beside each other.
pub(super) fn comparison(found: &Comparison, all: bool) -> String {
    let mut lines =
        vec![format!("left   {}", name(&found.left)), format!("right  {}", name(&found.right)), String::new()];
    for (k, row) in found.rows.iter().enumerate() {
        match row {
            Row::OnlyLeft(i) => lines.push(clause("- ", &found.left, *i)),
            Row::OnlyRight(j) => lines.push(clause("+ ", &found.right, *j)),
            Row::Aligned(at) => {
                let Some(alignment) = found.alignments.get(*at) else { continue };
                let renumbered = number(&found.left, &alignment.left) != number(&found.right, &alignment.right);
                let quiet = alignment.relation == Relation::Verbatim
                    && alignment.measures.is_empty()
                    && !alignment.moved
                    && !all;
                if quiet {
                    continue;
                }
                let moved = if alignment.moved { ", moved" } else { "" };
                let probability = percent(alignment.probability);
                let arrow = if renumbered {
                    format!("{} -> {}", number(&found.left, &alignment.left), number(&found.right, &alignment.right))
                } else {
                    number(&found.left, &alignment.left)
                };
                lines.push(format!("= {arrow}  {}, {probability}{moved}", relation(alignment.relation)));
                lines.extend(alignment.left.iter().map(|i| clause("  < ", &found.left, *i)));
                if alignment.relation != Relation::Verbatim || !alignment.measures.is_empty() {
                    lines.extend(alignment.right.iter().map(|j| clause("  > ", &found.right, *j)));
                }
                lines.extend(alignment.measures.iter().map(difference));
            }
        }
        if k + 1 == found.rows.len() {
            lines.push(String::new());
        }
    }
    let changed: Vec<String> = found
        .articles
        .iter()
        .filter(|link| link.change != ArticleChange::Kept)
        .map(|link| {
            let label = |side: &Side, k: usize| side.articles.get(k).map_or(String::new(), |a| a.label.clone());
            let moved = if link.change == ArticleChange::Moved { " (moved)" } else { "" };
            format!("{} -> {}{moved}", label(&found.left, link.left), label(&found.right, link.right))
        })
        .collect();
    if !changed.is_empty() {
        lines.push(format!("articles: {}", changed.join(", ")));
    }
    let s = &found.summary;
    lines.push(format!("left   {}", side(&s.left)));
    lines.push(format!("right  {}", side(&s.right)));
    lines.push(format!(
        "{} moved, {} split, {} merged; articles: {} renumbered, {} moved",
        s.moved, s.split, s.merged, s.renumbered_articles, s.moved_articles
    ));
    lines.push(format!(
        "differ in figures {}, deadlines {}, responsible {}, obligation {}, scope {}; {:.0} ms",
        s.figures, s.deadlines, s.responsible, s.obligations, s.scopes, found.took_ms
    ));
    lines.join("\n")
}

fn side(s: &SideSummary) -> String {
    let share = |count: usize| format!("{count} ({})", percent(count as f32 / s.clauses.max(1) as f32));
    format!(
        "{} clauses: verbatim {}, edited {}, equivalent {}, only here {}",
        s.clauses,
        share(s.verbatim),
        share(s.edited),
        share(s.equivalent),
        share(s.only)
    )
}

fn name(side: &Side) -> String {
    let title = side.metadata.title.as_deref().unwrap_or("(no title)");
    let id = side.document_id.as_deref().or(side.name.as_deref()).unwrap_or("");
    let dated = side.metadata.date.as_deref().unwrap_or("");
    format!("《{title}》 {dated} [{id}]")
}

/// Where clauses stand: the article of the first, with the clause's own number.
fn number(side: &Side, clauses: &[usize]) -> String {
    let first = clauses.first().and_then(|k| side.clauses.get(*k));
    first.map_or(String::new(), |clause| {
        let article = side.articles.get(clause.article).map_or("", |article| &article.label);
        format!("{article}{}", clause.label)
    })
}

fn clause(mark: &str, side: &Side, k: usize) -> String {
    let text = side.clauses.get(k).map_or(String::new(), |clause| clause.text.replace('\n', " "));
    format!("{mark}{} {text}", number(side, &[k]))
}

fn difference(difference: &Difference) -> String {
    let text = |value: &Option<Value>| value.as_ref().map_or("–".to_owned(), |value| value.text.clone());
    let kind: MeasureKind = difference.kind;
    format!("    {}: {} | {}", kind.name(), text(&difference.left), text(&difference.right))
}
