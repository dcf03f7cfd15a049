//! `clausewise eval` and `clausewise calibrate`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{Global, print};
use crate::engine::Access;
use crate::error::{Error, Result};
use crate::eval;

#[derive(Debug, Args)]
pub(super) struct Eval {
    /// Files of relevance judgments (JSON lines)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Hits looked at for each query
    #[arg(long, value_name = "N", default_value_t = 50)]
    depth: usize,
    /// Write the evidence for every hit, and its grade, to this file instead of printing figures
    #[arg(long, value_name = "FILE")]
    samples: Option<PathBuf>,
    /// With --samples: leave out hits that nobody judged, instead of taking them for wrong
    #[arg(long, requires = "samples")]
    judged_only: bool,
    /// Print what each part of the ranking brings: words alone, embeddings alone, both, late interaction, all
    #[arg(long, conflicts_with = "samples")]
    ablations: bool,
}

#[derive(Debug, Args)]
pub(super) struct Calibrate {
    /// Files of samples
    #[arg(required = true, value_name = "FILE")]
    samples: Vec<PathBuf>,
    /// Weight of the penalty on large coefficients
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    penalty: f64,
    /// File to write
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Calibrate {
    pub(super) fn run(&self, global: &Global) -> Result<ExitCode> {
        let mut samples = Vec::new();
        for file in &self.samples {
            samples.extend(eval::fit::read_samples(file)?);
        }
        let (calibration, _) = eval::fit::fit(&samples, self.penalty)?;
        match &self.out {
            Some(path) => {
                let text = serde_json::to_string_pretty(&calibration).map_err(std::io::Error::other);
                text.and_then(|text| std::fs::write(path, text + "\n")).map_err(Error::io(path))?;
                if global.json {
                    print::json(&calibration)?;
                } else {
                    calibration.about.iter().try_for_each(print::line)?;
                }
            }
            None => print::json(&calibration)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Eval {
    pub(super) fn run(&self, global: &Global) -> Result<ExitCode> {
        let engine = global.open(Access::Read)?;
        let options = eval::Options { depth: self.depth, ..eval::Options::default() };
        if let Some(path) = &self.samples {
            let mut samples = Vec::new();
            for file in &self.files {
                samples.extend(eval::fit::samples(&engine, file, &options, self.judged_only)?);
            }
            // Written last: a run that fails leaves an earlier file as it was.
            eval::fit::write_samples(path, &samples)?;
            if global.json {
                print::json(&serde_json::json!({ "samples": samples.len() }))?;
            } else {
                print::line(format!("{} samples", samples.len()))?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        if self.ablations {
            let mut rows = Vec::new();
            for file in &self.files {
                rows.extend(eval::ablate(&engine, file, &options)?);
            }
            return match global.json {
                true => rows.iter().try_for_each(print::json),
                false => print::line(eval::AblationTable(&rows)),
            }
            .map(|()| ExitCode::SUCCESS);
        }
        let mut rows = Vec::new();
        for file in &self.files {
            rows.extend(eval::evaluate(&engine, file, &options)?);
        }
        if global.json {
            rows.iter().try_for_each(print::json)?;
        } else {
            print::line(eval::Table(&rows))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
