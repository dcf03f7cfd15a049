//! `clausewise models`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Global, print};
use crate::error::{Error, Result};
use crate::ingest::{find_files, fit_codec};

#[derive(Debug, Args)]
pub(super) struct Models {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Measure on documents how the model's token embeddings are best reduced for storing, and write
    /// token_codec.safetensors; stores made without it, or with another, are then of another model
    FitCodec {
        /// Documents, or folders of documents
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Components kept of each token; even
        #[arg(long, value_name = "N", default_value_t = 256)]
        keep: usize,
        /// Folder to write to
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

impl Models {
    pub(super) fn run(&self, global: &Global) -> Result<ExitCode> {
        let Action::FitCodec { paths, keep, out } = &self.action;
        let found = find_files(paths)?;
        // First: it takes minutes until there is something to write.
        std::fs::create_dir_all(out).map_err(Error::io(out))?;
        let encoder = global.encoder()?;
        fit_codec(encoder.as_ref(), &found.files, *keep)?.save(out)?;
        if global.json {
            print::json(&serde_json::json!({ "documents": found.files.len(), "components": keep }))?;
        } else {
            print::line(format!("{} documents, {keep} components", found.files.len()))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
