//! `clausewise equivalents`

use std::process::ExitCode;

use clap::Args;

use super::file::ToFile;
use super::search::Filter;
use super::{Global, input, print, tables};
use crate::document::is_han;
use crate::engine::{Access, Engine};
use crate::equivalents::{Division, EquivalentsRequest, MIN_PROBABILITY, MatrixRequest, Topic};
use crate::error::{Error, Result};
use crate::export::{self, About};
use crate::http::wire;
use crate::search::Query;
use crate::store::{ClauseId, DocumentFilter};

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("topic").required(true)))]
pub(super) struct Equivalents {
    /// A description of the measure; or a stored clause, as `document:number`
    #[arg(value_name = "CLAUSE_ID|TEXT", group = "topic")]
    query: Option<String>,
    /// Measures by regions: the measures of this file, one a line; `-` reads standard input
    #[arg(long, value_name = "FILE", group = "topic")]
    outline: Option<String>,
    /// Measures by regions: the clauses of this stored document
    #[arg(long, value_name = "ID", group = "topic")]
    topic_document: Option<String>,
    /// What is told apart
    #[arg(long, default_value = "province", value_parser = ["province", "city"])]
    by: String,
    /// From this probability on a clause counts as the same measure, 0 to 1
    #[arg(long, value_name = "P", default_value_t = MIN_PROBABILITY)]
    found_from: f32,
    /// Leave out this document and its other versions (may be repeated)
    #[arg(long, value_name = "ID")]
    exclude_document: Vec<String>,
    /// Leave out this family of versions (may be repeated)
    #[arg(long, value_name = "KEY")]
    exclude_family: Vec<String>,
    /// Leave out documents of this province, city or county (may be repeated)
    #[arg(long, value_name = "NAME")]
    exclude_region: Vec<String>,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    file_out: ToFile,
}

impl Equivalents {
    pub(super) fn run(&self, global: &Global) -> Result<ExitCode> {
        let format = self.file_out.format()?;
        let language = self.file_out.language();
        let division = if self.by == "city" { Division::City } else { Division::Province };
        let filter = DocumentFilter {
            excluded: self.exclude_document.clone(),
            excluded_families: self.exclude_family.clone(),
            excluded_regions: self.exclude_region.clone(),
            ..self.filter.documents()
        };
        if let Some(query) = &self.query {
            let engine = global.open(Access::Read)?;
            let query = query_of(&engine, query)?;
            let request = EquivalentsRequest { query, division, filter, min_probability: self.found_from };
            let found = engine.equivalents(&request)?;
            if let Some(format) = format {
                let about = About::of(engine.store(), export::settings::of_equivalents(&request))?;
                let report = export::equivalents(&found, about, language);
                let answer = wire::EquivalentsAnswer::new(found, engine.model_id());
                self.file_out.write(format, report, &answer, "rows", global.json)?;
            } else if global.json {
                print::json(&wire::EquivalentsAnswer::new(found, engine.model_id()))?;
            } else {
                print::line(tables::equivalents(&found))?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        let topic = match (&self.outline, &self.topic_document) {
            (Some(file), _) => Topic::Outline(input::text(file)?),
            (None, Some(id)) => Topic::Document(id.clone()),
            (None, None) => return Err(Error::invalid("topic", "a text, --outline or --topic-document", "none")),
        };
        let engine = global.open(Access::Read)?;
        let request = MatrixRequest { topic, division, filter, min_probability: self.found_from };
        let matrix = engine.equivalents_matrix(&request)?;
        if let Some(format) = format {
            let about = About::of(engine.store(), export::settings::of_matrix(&request))?;
            let report = export::matrix(&matrix, about, language);
            self.file_out.write(
                format,
                report,
                &wire::MatrixAnswer::new(matrix, engine.model_id()),
                "cells",
                global.json,
            )?;
        } else if global.json {
            print::json(&wire::MatrixAnswer::new(matrix, engine.model_id()))?;
        } else {
            print::line(tables::matrix(&matrix))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// A clause where there is one of that id, a text otherwise: a text may well end in a colon and a number (配建比例不低于1:3).
fn query_of(engine: &Engine, query: &str) -> Result<Query> {
    let Ok(id) = query.parse::<ClauseId>() else { return Ok(Query::Text(query.to_owned())) };
    match engine.store().clause(&id) {
        Ok(_) => Ok(Query::Clause { id, own_document: false }),
        // Without a space in it, or a ratio at its end, it was meant as an id.
        Err(Error::NotFound { .. }) if query.chars().any(char::is_whitespace) || ends_in_ratio(engine, &id)? => {
            Ok(Query::Text(query.to_owned()))
        }
        Err(error) => Err(error),
    }
}

/// Whether a Chinese text with a ratio at its end was read as the id of a clause of a document that there is not.
fn ends_in_ratio(engine: &Engine, id: &ClauseId) -> Result<bool> {
    let text = &id.document_id;
    if !text.ends_with(|c: char| c.is_ascii_digit()) || !text.chars().any(is_han) {
        return Ok(false);
    }
    let named = DocumentFilter { documents: vec![text.clone()], ..DocumentFilter::default() };
    Ok(engine.store().documents(&named, 0, 1)?.1 == 0)
}
