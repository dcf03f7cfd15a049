//! `clausewise duplicates`

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::file::ToFile;
use super::{Global, print};
use crate::difference::EditKind;
use crate::document::Span;
use crate::duplicates::{self, Clusters, DuplicateCluster, Effort, Member, Request, Rule};
use crate::engine;
use crate::error::Result;
use crate::export::{self, About};
use crate::http::wire;
use crate::search::Relation;
use crate::store::Store;

#[derive(Debug, Args)]
pub(super) struct Duplicates {
    /// Least score of any two clauses of a cluster, 0.6 to 1 [default: 0.8]
    #[arg(long, value_name = "X")]
    threshold: Option<f32>,
    /// The same in a word: verbatim is 1, edited 0.6
    #[arg(long, value_parser = ["verbatim", "edited"])]
    relation: Option<String>,
    /// List clusters of clauses of one document alone, too
    #[arg(long)]
    within: bool,
    /// Only clusters with a clause of this document
    #[arg(long = "of-document", value_name = "ID")]
    document: Option<String>,
    /// Least clauses of a cluster
    #[arg(long, value_name = "N", default_value_t = 2)]
    min_size: usize,
    /// Most clusters: 1 to 1000
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Clusters to pass over first
    #[arg(long, value_name = "N", default_value_t = 0)]
    offset: usize,
    /// Most clauses listed of a cluster beside the one that stands for it: 0 to 1000
    #[arg(long, value_name = "N", default_value_t = 20)]
    members: usize,
    #[command(flatten)]
    file_out: ToFile,
}

impl Duplicates {
    pub(super) fn run(&self, global: &Global) -> Result<ExitCode> {
        let format = self.file_out.format()?;
        let relation = self.relation.as_deref().map(|name| match name {
            "verbatim" => Relation::Verbatim,
            _ => Relation::Edited,
        });
        let request = Request {
            threshold: duplicates::threshold(self.threshold, relation)?,
            within: self.within,
            document: self.document.clone(),
            min_size: self.min_size,
            offset: self.offset,
            limit: self.limit,
            members: self.members,
        };
        request.check()?;
        let folder = global.data_dir()?;
        let store = Store::open_of_any_model_for_reading(&folder)?;
        let duplicates = duplicates::Duplicates::new(&folder);
        if !duplicates.state(&store)?.is_current() {
            let _lock = engine::lock(&folder)?;
            compare(&duplicates, &store, global)?;
        }
        let begun = Instant::now();
        let found = duplicates.clusters(&store, &request)?;
        let took = begun.elapsed();
        if let Some(format) = format {
            let about = About::of(&store, export::settings::of_duplicates(&request))?;
            let report = export::clusters(&found, about, self.file_out.language());
            let answer = wire::ClusterList::new(found, request.threshold, took);
            self.file_out.write(format, report, &answer, "clusters", global.json)?;
        } else if global.json {
            print::json(&wire::ClusterList::new(found, request.threshold, took))?;
        } else {
            print::line(text(&found, &request, took))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Compares what was not compared yet, with a progress bar on standard error.
fn compare(duplicates: &duplicates::Duplicates, store: &Store, global: &Global) -> Result<()> {
    let bar = ProgressBar::new(0);
    let style = "{bar:30} {percent:>3}%  {pos} of {len} wordings compared";
    bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    let workers = global.workers.or(std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    let begun = Instant::now();
    let found = duplicates.find(store, Effort { workers, background: false }, |progress| {
        bar.set_length(progress.total as u64);
        bar.set_position(progress.done as u64);
        ControlFlow::Continue(())
    })?;
    bar.finish_and_clear();
    let seconds = print::duration(begun.elapsed().as_secs_f64());
    // Not on standard output, where JSON may be expected.
    eprintln!("{} texts compared in {seconds}; {} pairs of wordings kept", found.compared, found.pairs);
    Ok(())
}

/// Clusters for people.
fn text(found: &Clusters, request: &Request, took: Duration) -> String {
    let mut lines = Vec::new();
    for (place, cluster) in found.clusters.iter().enumerate() {
        lines.extend(cluster_lines(request.offset + place + 1, cluster));
        lines.push(String::new());
    }
    lines.push(format!(
        "{} of {} clusters, {} clauses in all, any two of a cluster scoring {} or more ({} ms)",
        found.clusters.len(),
        found.total,
        found.clauses,
        request.threshold,
        took.as_millis(),
    ));
    lines.join("\n")
}

fn cluster_lines(place: usize, cluster: &DuplicateCluster) -> Vec<String> {
    let rule = match cluster.rule {
        Rule::Level => "of the highest level",
        Rule::Validity => "of the best validity among those of the highest level",
        Rule::Date => "the newest of the highest level and best validity",
        Rule::Centrality => "nearest to the others among the newest",
        Rule::Id => "the first by its id",
    };
    let mut lines = vec![format!(
        "{place:>2}. {} clauses of {} documents, {} texts, scores from {:.2}",
        cluster.size, cluster.documents, cluster.texts, cluster.lowest_score
    )];
    lines.push(format!("    {}", cluster.representative.clause.text.replace('\n', " ")));
    lines.push(format!("    {}  ({rule})", citation(&cluster.representative)));
    for member in &cluster.members {
        lines.push(format!("    {:.2}  {}", member.score, citation(member)));
        lines.extend(changes(&cluster.representative, member).map(|changes| format!("          {changes}")));
    }
    let unlisted = cluster.size - 1 - cluster.members.len();
    if unlisted > 0 {
        lines.push(format!("    and {unlisted} more (--members)"));
    }
    lines
}

/// Title, date and number of a clause, and its id.
fn citation(member: &Member) -> String {
    let metadata = &member.document.metadata;
    let id = &member.document.document_id;
    let mut parts = vec![format!("《{}》", metadata.title.as_deref().unwrap_or(id))];
    parts.extend(metadata.date.clone());
    parts.push(format!("{}{}", member.article.label, member.clause.label));
    parts.push(format!("[{id}:{}]", member.clause.place.ordinal));
    parts.retain(|part| !part.is_empty());
    parts.join("  ")
}

/// What a member changes of the representative's wording.
fn changes(representative: &Member, member: &Member) -> Option<String> {
    let of = |text: &str, span: Span| text.chars().skip(span.start).take(span.len()).collect::<String>();
    let edits = &member.difference.as_ref()?.edits;
    let changes = edits.iter().filter(|edit| edit.kind != EditKind::Equal).map(|edit| {
        let (left, right) = (of(&representative.clause.text, edit.left), of(&member.clause.text, edit.right));
        format!("{} -> {}", if left.is_empty() { "–" } else { &left }, if right.is_empty() { "–" } else { &right })
    });
    let changes: Vec<String> = changes.collect();
    (!changes.is_empty()).then(|| changes.join(" | ").replace('\n', " "))
}
