//! `clausewise search` and `clausewise similar`

use std::process::ExitCode;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::{Global, input, print};
use crate::document::{Kind, Level, Validity};
use crate::engine::Access;
use crate::error::Result;
use crate::http::wire;
use crate::search::{Formulas, GroupBy, Query, Request, Unit};
use crate::store::{ClauseId, DocumentFilter, Versions};

#[derive(Debug, Args)]
pub(super) struct Search {
    /// What to look for: keywords, a question, a drafted paragraph; `-` reads standard input
    #[arg(value_name = "TEXT")]
    text: String,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Args)]
pub(super) struct Similar {
    /// The clause, as `document:number`
    #[arg(value_name = "CLAUSE_ID")]
    clause: String,
    /// Show hits of the clause's own document and its other versions too
    #[arg(long)]
    include_own_document: bool,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Args)]
struct Options {
    /// Most hits, or most groups with --group-by: 1 to 1000
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: usize,
    /// What is ranked
    #[arg(long, default_value = "clause", value_parser = ["clause", "article"])]
    unit: String,
    /// One group a document with its versions, province (region) or city
    #[arg(long, value_parser = ["document", "region", "city"])]
    group_by: Option<String>,
    /// Most hits of a group
    #[arg(long, value_name = "N", default_value_t = 1)]
    group_size: usize,
    /// Leave out hits below this probability, 0 to 1
    #[arg(long, value_name = "P", default_value_t = 0.0)]
    min_probability: f32,
    /// Leave out this document and its other versions (may be repeated)
    #[arg(long, value_name = "ID")]
    exclude_document: Vec<String>,
    /// Leave out this family of versions (may be repeated)
    #[arg(long, value_name = "KEY")]
    exclude_family: Vec<String>,
    /// Show hits of other versions of documents that are left out
    #[arg(long)]
    include_versions: bool,
    /// Only this document (may be repeated)
    #[arg(long, value_name = "ID")]
    document: Vec<String>,
    /// Formula clauses such as 本条例自…起施行, unless the query is one: after all measures, as any other, or left out
    #[arg(long, value_name = "HOW", default_value = "below", value_parser = ["below", "equal", "omit"])]
    formulas: String,
    /// Tell what scores are made of and how wordings differ
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    filter: Filter,
}

/// Which documents are looked at.
#[derive(Debug, Args)]
pub(super) struct Filter {
    /// Only this province, city or county with what lies in it (may be repeated)
    #[arg(long, value_name = "NAME")]
    region: Vec<String>,
    /// Only this issuing body (may be repeated)
    #[arg(long, value_name = "NAME")]
    issuer: Vec<String>,
    /// Only this level (may be repeated)
    #[arg(long, value_parser = names(Level::ALL.iter().map(|level| level.name())))]
    level: Vec<String>,
    /// Only this kind (may be repeated)
    #[arg(long, value_parser = names(Kind::ALL.iter().map(|kind| kind.name())))]
    kind: Vec<String>,
    /// Only documents of which this is said (may be repeated)
    #[arg(long, value_parser = names(Validity::ALL.iter().map(|validity| validity.name())))]
    validity: Vec<String>,
    /// Only this family of versions (may be repeated)
    #[arg(long, value_name = "KEY")]
    family: Vec<String>,
    /// All versions of a document, or the newest that passes the rest of the filter
    #[arg(long, value_name = "WHICH", default_value = "all", value_parser = ["all", "newest"])]
    versions: String,
    /// Not before this date
    #[arg(long, value_name = "YYYY-MM-DD")]
    date_from: Option<String>,
    /// Not after this date
    #[arg(long, value_name = "YYYY-MM-DD")]
    date_to: Option<String>,
}

fn names(names: impl Iterator<Item = &'static str>) -> PossibleValuesParser {
    PossibleValuesParser::new(names.collect::<Vec<_>>())
}

impl Filter {
    pub(super) fn documents(&self) -> DocumentFilter {
        DocumentFilter {
            regions: self.region.clone(),
            issuers: self.issuer.clone(),
            levels: self.level.iter().filter_map(|name| Level::from_name(name)).collect(),
            kinds: self.kind.iter().filter_map(|name| Kind::from_name(name)).collect(),
            validities: self.validity.iter().filter_map(|name| Validity::from_name(name)).collect(),
            families: self.family.clone(),
            versions: if self.versions == "newest" { Versions::Newest } else { Versions::All },
            date_from: self.date_from.clone(),
            date_to: self.date_to.clone(),
            ..DocumentFilter::default()
        }
    }
}

impl Options {
    fn run(&self, query: Query, global: &Global) -> Result<ExitCode> {
        let request = Request {
            query,
            limit: self.limit,
            unit: if self.unit == "article" { Unit::Article } else { Unit::Clause },
            filter: DocumentFilter {
                documents: self.document.clone(),
                excluded: self.exclude_document.clone(),
                excluded_alone: self.include_versions,
                excluded_families: self.exclude_family.clone(),
                ..self.filter.documents()
            },
            per_document: None,
            group_by: self.group_by.as_deref().map(|name| match name {
                "document" => GroupBy::Document,
                "city" => GroupBy::City,
                _ => GroupBy::Region,
            }),
            group_size: self.group_size,
            min_probability: self.min_probability,
            formulas: match self.formulas.as_str() {
                "equal" => Formulas::Equal,
                "omit" => Formulas::Omit,
                _ => Formulas::Below,
            },
            explain: self.explain,
            facets: false,
        };
        let engine = global.open(Access::Read)?;
        let answer = engine.search(&request)?;
        if global.json {
            print::json(&wire::SearchAnswer::new(answer, engine.model_id(), self.explain))?;
        } else {
            print::line(print::answer(&answer, self.explain))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Search {
    pub(super) fn run(&self, global: &Global) -> Result<ExitCode> {
        let text = match self.text.as_str() {
            "-" => input::text("-")?,
            text => text.to_owned(),
        };
        self.options.run(Query::Text(text), global)
    }
}

impl Similar {
    pub(super) fn run(&self, global: &Global) -> Result<ExitCode> {
        let id: ClauseId = self.clause.parse()?;
        self.options.run(Query::Clause { id, own_document: self.include_own_document }, global)
    }
}
