//! Text for people.

mod check;

use std::fmt::Display;
use std::io::Write;
use std::path::Path;

use serde_json::json as object;

pub(super) use self::check::{check_summary, checked_clause};

use crate::difference::Value;
use crate::document::Metadata;
use crate::error::{Error, Result};
use crate::ingest::Ingested;
use crate::reindex::Reindexed;
use crate::search::{Answer, Hit, Relation};
use crate::store::{DocumentDetail, DocumentRow, Outcome, Plan};

/// An error on standard error: as a line, or as a JSON object.
pub(super) fn failure(error: &Error, as_json: bool) {
    if as_json {
        eprintln!("{}", object!({ "error": { "code": error.code(), "detail": error.to_string() } }));
    } else {
        eprintln!("clausewise: {error}");
    }
}

/// Prints a line on standard output, as `println!` does, but answers an error instead of panicking; a reader that has
/// gone (`clausewise documents | head`) is none. The line is flushed: what it says can be relied on when it is seen.
pub(super) fn line(text: impl Display) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::io("standard output")(error)),
        _ => Ok(()),
    }
}

/// A value as one line of JSON.
pub(super) fn json(value: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string(value).map_err(|e| Error::io("standard output")(e.into()))?;
    line(text)
}

/// Seconds as people say them.
pub(super) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 60.0 => format!("{s:.1} s"),
        s if s < 3600.0 => format!("{} min {:02} s", s as u64 / 60, s as u64 % 60),
        s => format!("{} h {:02} min", s as u64 / 3600, s as u64 % 3600 / 60),
    }
}

fn status(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Added => "added",
        Outcome::Replaced { .. } => "replaced",
        Outcome::Unchanged => "unchanged",
        Outcome::Updated => "updated",
        Outcome::Duplicate { .. } => "duplicate",
    }
}

/// One line about a file that was taken in or refused.
pub(super) fn ingested(file: &Path, result: &Result<Ingested>) -> String {
    match result {
        Ok(i) => {
            let found = format!("{} sections, {} articles, {} clauses", i.sections, i.articles, i.clauses);
            match &i.outcome {
                Outcome::Duplicate { of } => format!("duplicate  {}  (same content as {of})", i.document_id),
                Outcome::Replaced { same_as: Some(other) } => {
                    format!("replaced   {}  ({found}; same content as {other})", i.document_id)
                }
                outcome => format!("{:<9}  {}  ({found})", status(outcome), i.document_id),
            }
        }
        Err(error) => format!("refused    {}: {error}", file.display()),
    }
}

/// The same as a JSON object.
pub(super) fn ingested_json(file: &Path, result: &Result<Ingested>) -> String {
    match result {
        Ok(i) => {
            let duplicate_of = match &i.outcome {
                Outcome::Duplicate { of } => Some(of),
                Outcome::Replaced { same_as } => same_as.as_ref(),
                _ => None,
            };
            object!({
                "file": file, "document_id": i.document_id, "status": status(&i.outcome), "duplicate_of": duplicate_of,
                "sections": i.sections, "articles": i.articles, "clauses": i.clauses, "warnings": i.warnings,
            })
        }
        Err(error) => {
            object!({ "file": file, "status": "refused", "code": error.code(), "reason": error.to_string() })
        }
    }
    .to_string()
}

/// What a reindexing has to do.
pub(super) fn plan(plan: &Plan) -> String {
    let mut lines = vec![format!("from       {}", plan.from), format!("to         {}", plan.to)];
    if let Some(discarded) = &plan.discarded {
        lines.push(format!(
            "discarded  {} texts that an earlier run had encoded with {}",
            discarded.texts, discarded.model
        ));
    }
    lines.push(format!("to encode  {} texts, {} of them encoded by an earlier run", plan.texts, plan.kept));
    lines.join("\n")
}

/// The same as a JSON object.
pub(super) fn plan_json(plan: &Plan) -> String {
    let discarded = plan.discarded.as_ref().map(|it| object!({ "model": it.model, "texts": it.texts }));
    object!({ "from": plan.from, "to": plan.to, "texts": plan.texts, "kept": plan.kept, "discarded": discarded })
        .to_string()
}

/// How a reindexing to a model ended; `kept` texts had been encoded before.
pub(super) fn reindexed(model: &str, ended: &Reindexed, kept: usize, seconds: f64) -> String {
    match ended {
        Reindexed::Unchanged => format!("nothing to do: the documents are encoded with {model}"),
        Reindexed::Stopped { encoded } => {
            format!("stopped after {encoded} texts in {}; the next run goes on from there", duration(seconds))
        }
        Reindexed::Switched { encoded, index_built } => {
            let index = if *index_built { ", index built" } else { "" };
            format!(
                "{encoded} texts encoded, {kept} kept from an earlier run, in {}{index}\n\
                 now the documents are encoded with {model}",
                duration(seconds)
            )
        }
    }
}

/// The same as a JSON object.
pub(super) fn reindexed_json(model: &str, ended: &Reindexed, kept: usize, seconds: f64) -> String {
    let (status, encoded, index_built) = match ended {
        Reindexed::Unchanged => ("unchanged", 0, false),
        Reindexed::Stopped { encoded } => ("stopped", *encoded, false),
        Reindexed::Switched { encoded, index_built } => ("switched", *encoded, *index_built),
    };
    object!({ "summary": {
        "status": status, "model": model, "encoded": encoded, "kept": kept, "seconds": seconds,
        "index_built": index_built,
    }})
    .to_string()
}

/// Hits, best first.
pub(super) fn answer(answer: &Answer, explain: bool) -> String {
    let mut lines = Vec::new();
    for (place, hit) in answer.hits.iter().enumerate() {
        lines.push(heading(place + 1, hit));
        lines.push(format!("    {}", hit.text.replace('\n', "\n    ")));
        lines.push(format!("    {}", source(hit)));
        if explain {
            lines.extend(explanation(hit).into_iter().map(|line| format!("    {line}")));
        }
        lines.push(String::new());
    }
    let took = answer.took_ms;
    lines.push(match answer.hits.len() {
        0 => format!("nothing found ({took:.0} ms)"),
        1 => format!("1 hit in {took:.0} ms"),
        n => format!("{n} hits in {took:.0} ms"),
    });
    lines.join("\n")
}

fn relation(relation: Relation) -> &'static str {
    match relation {
        Relation::Verbatim => "verbatim",
        Relation::Edited => "edited",
        Relation::Equivalent => "equivalent",
        Relation::Related => "related",
        Relation::None => "no reliable precedent",
    }
}

fn heading(place: usize, hit: &Hit) -> String {
    let relation = relation(hit.relation);
    let probability = hit.probability * 100.0;
    format!("{place:>2}. {relation}, {probability:.0}%  (cosine {:.3})  [{}]", hit.evidence.similarity, hit.clause_id)
}

/// What a hit's score is made of and how its wording differs.
fn explanation(hit: &Hit) -> Vec<String> {
    let (e, late) = (&hit.evidence, &hit.evidence.late);
    let mut lines = vec![format!(
        "forward {:.3}, reverse {:.3}, coverage {:.3}, background {:.3}, characters in common {:.0}%",
        late.forward,
        late.reverse,
        late.coverage,
        e.background,
        e.common.overlap * 100.0
    )];
    for difference in hit.difference.iter().flat_map(|wording| &wording.measures) {
        let side = |value: &Option<Value>| value.as_ref().map_or("–".to_owned(), |value| value.text.clone());
        lines.push(format!("{}: {} | {}", difference.kind.name(), side(&difference.left), side(&difference.right)));
    }
    lines
}

/// Title, number, date and headings of a hit on one line.
fn source(hit: &Hit) -> String {
    let metadata = &hit.document.metadata;
    let title = metadata.title.as_deref().unwrap_or(&hit.document.document_id);
    let mut parts = vec![format!("《{title}》")];
    parts.extend([&metadata.document_number, &metadata.date].into_iter().flatten().cloned());
    if hit.versions > 1 {
        let which = if hit.newest { "newest" } else { "an earlier one" };
        parts.push(format!("({which} of {} versions)", hit.versions));
    }
    parts.extend(hit.article.path.iter().cloned());
    parts.push(format!("{}{}", hit.article.label, hit.article.title));
    parts.retain(|part| !part.is_empty());
    parts.join("  ")
}

/// A table of documents.
pub(super) fn documents(rows: &[DocumentRow], total: usize) -> String {
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let m = &row.metadata;
            format!(
                "{}  {}  {}  {}  {} clauses",
                row.document_id,
                m.title.as_deref().unwrap_or("(no title)"),
                m.date.as_deref().unwrap_or("(no date)"),
                region(m).unwrap_or_else(|| "(no region)".to_owned()),
                row.clauses
            )
        })
        .collect();
    lines.push(format!("{} of {total} documents", rows.len()));
    lines.join("\n")
}

/// A document with its outline, for checking how it was read.
pub(super) fn document(detail: &DocumentDetail) -> String {
    let m = &detail.row.metadata;
    let id = &detail.row.document_id;
    let stated = |value: &Option<String>| value.clone().unwrap_or_else(|| "(not stated)".to_owned());
    let mut lines = vec![
        format!("{id}  {}", stated(&m.title)),
        format!("  number     {}", stated(&m.document_number)),
        format!("  issuer     {}", stated(&m.issuer)),
        format!("  date       {}", stated(&m.date)),
        format!("  region     {}", stated(&region(m))),
        format!("  family     {}", m.family.as_deref().unwrap_or("(not known)")),
    ];
    for (place, version) in detail.versions.iter().enumerate().filter(|_| detail.versions.len() > 1) {
        let own = if version.key == detail.row.key { ", this document" } else { "" };
        let newest = if place == 0 { ", newest" } else { "" };
        let date = version.date.as_deref().or(version.published.as_deref()).unwrap_or("no date");
        let validity = version.validity.map_or(String::new(), |validity| format!(", {}", validity.name()));
        lines.push(format!("  version    {} ({date}{validity}{newest}{own})", version.document_id));
    }
    let mut path: &[String] = &[];
    for article in &detail.articles {
        if article.path != path {
            path = &article.path;
            lines.push(format!("\n{}", path.join("  ")));
        }
        if !article.label.is_empty() {
            lines.push(format!("  {}{}", article.label, article.title));
        }
        for clause in detail.clauses.iter().filter(|clause| clause.place.article == article.ordinal) {
            let text = format!("{} {}", clause.label, clause.text.replace('\n', " "));
            lines.push(format!("    [{id}:{}] {}", clause.place.ordinal, text.trim_start()));
        }
        if !article.responsible.is_empty() {
            lines.push(format!("    responsible: {}", article.responsible.join("、")));
        }
    }
    lines.extend(detail.warnings.iter().map(|w| format!("\nwarning at {}: {}", w.span.start, w.message)));
    lines.join("\n")
}

fn region(metadata: &Metadata) -> Option<String> {
    metadata.region.as_ref().map(ToString::to_string)
}
