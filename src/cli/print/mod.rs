//! Text for people.

mod check;

use std::fmt::Display;
use std::io::Write;
use std::path::Path;

use serde_json::json as object;

pub(super) use self::check::{check_summary, checked_clause};

use crate::difference::Value;
use crate::document::{Kind, Level, Metadata, Source, Span, Validity};
use crate::error::{Error, Result};
use crate::ingest::Report;
use crate::reindex::Reindexed;
use crate::search::{Answer, Hit, Relation};
use crate::store::{DocumentDetail, DocumentRow, Outcome, Plan, Prepared};

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

/// A file, and what is meant inside of it.
pub(super) fn place(file: &Path, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("{}: {name}", file.display()),
        None => file.display().to_string(),
    }
}

/// One line about a document that was taken in or refused.
pub(super) fn ingested(report: &Report<'_>) -> String {
    match &report.outcome {
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
        Err(error) => format!("refused    {}: {error}", place(report.file, report.name.as_deref())),
    }
}

/// The same as a JSON object.
pub(super) fn ingested_json(report: &Report<'_>) -> String {
    let file = report.file;
    let mut line = match &report.outcome {
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
    };
    if let Some(name) = &report.name {
        line["name"] = object!(name);
    }
    line.to_string()
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
        "forward {:.3}, reverse {:.3}, coverage {:.3}, agreement {:.3}, background {:.3}, concentration {:.3}, \
         characters in common {:.0}%",
        late.forward,
        late.reverse,
        late.coverage,
        hit.agreement,
        e.setting.background_score,
        e.setting.concentration,
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
    let with = |value: &Option<String>, source: Option<Source>| match source {
        Some(source) => format!("{}  ({})", stated(value), source.describe()),
        None => stated(value),
    };
    let s = &detail.sources;
    let name = |name: Option<&str>| name.map(str::to_owned);
    let mut lines = vec![
        format!("{id}  {}", with(&m.title, s.title)),
        format!("  number     {}", with(&m.document_number, s.document_number)),
        format!("  issuer     {}", with(&m.issuer, s.issuer)),
        format!("  region     {}", with(&region(m), s.region)),
        format!("  level      {}", with(&name(m.level.map(Level::name)), s.level)),
        format!("  kind       {}", with(&name(m.kind.map(Kind::name)), s.kind)),
        format!("  date       {}", with(&m.date, s.date)),
        format!("  published  {}", with(&m.published, s.published)),
        format!("  effective  {}", with(&m.effective, s.effective)),
        format!("  validity   {}", with(&name(m.validity.map(Validity::name)), s.validity)),
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

/// How a document would be taken in: metadata, headings and articles with their places and numbers of clauses,
/// warnings.
pub(super) fn outline(prepared: &Prepared) -> String {
    let document = &prepared.document;
    let m = prepared.given.clone().over(document.metadata.clone());
    let stated = |value: Option<&str>| value.unwrap_or("(not stated)").to_owned();
    let source = prepared.source.as_deref().unwrap_or("");
    let mut lines = vec![
        format!("{}  {}", prepared.document_id, stated(m.title.as_deref())),
        format!("  source     {source}"),
        format!("  number     {}", stated(m.document_number.as_deref())),
        format!("  issuer     {}", stated(m.issuer.as_deref())),
        format!("  region     {}", stated(region(&m).as_deref())),
        format!("  level      {}", stated(m.level.map(Level::name))),
        format!("  kind       {}", stated(m.kind.map(Kind::name))),
        format!("  date       {}", stated(m.date.as_deref())),
        format!("  published  {}", stated(m.published.as_deref())),
        format!("  effective  {}", stated(m.effective.as_deref())),
    ];
    let mut counts = vec![0_usize; document.articles.len()];
    for clause in &document.clauses {
        if let Some(count) = counts.get_mut(clause.article) {
            *count += 1;
        }
    }
    let indent = |depth: usize| "  ".repeat(depth + 1);
    let mut headings = document.headings.iter().peekable();
    let mut depth = 0;
    for (article, count) in document.articles.iter().zip(counts) {
        while let Some(heading) = headings.next_if(|heading| heading.span.start <= article.span.start) {
            depth = heading.depth + 1;
            let Span { start, end } = heading.span;
            lines.push(format!("{}{}{}  [{start}..{end}]", indent(heading.depth), heading.label, heading.title));
        }
        let depth = if article.path.is_empty() { 0 } else { depth };
        let Span { start, end } = article.span;
        let label = if article.label.is_empty() { "(text)" } else { &article.label };
        let clauses = if count == 1 { "1 clause".to_owned() } else { format!("{count} clauses") };
        lines.push(format!("{}{label}{}  [{start}..{end}]  {clauses}", indent(depth), article.title));
    }
    lines.extend(headings.map(|heading| {
        let Span { start, end } = heading.span;
        format!("{}{}{}  [{start}..{end}]", indent(heading.depth), heading.label, heading.title)
    }));
    lines.extend(document.warnings.iter().map(|w| format!("  warning at {}: {}", w.span.start, w.message)));
    lines.join("\n") + "\n"
}

fn region(metadata: &Metadata) -> Option<String> {
    metadata.region.as_ref().map(ToString::to_string)
}
