//! `clausewise ingest --dry-run`: how documents would be read. Opens no data directory and no model.

use std::ops::ControlFlow;
use std::process::ExitCode;

use super::print;
use crate::document::extract::EXPECTED;
use crate::error::{Error, Result};
use crate::http::wire::Outline;
use crate::ingest::{FileDocument, Found, prepare, read_documents};

/// Prints every document of the files, and what would be refused or passed over.
pub(super) fn print(found: &Found, as_json: bool) -> Result<ExitCode> {
    let (mut read, mut refused) = (0, 0);
    let mut printed = Ok(());
    let _ = read_documents(&found.files, &mut |FileDocument { file, name, document, .. }| {
        let prepared = document.and_then(prepare);
        match &prepared {
            Ok(_) => read += 1,
            Err(_) => refused += 1,
        }
        let place = print::place(file, name.as_deref());
        let line = match prepared {
            Ok(prepared) if as_json => json(&Outline::from(prepared)),
            Ok(prepared) => Ok(print::outline(&prepared)),
            Err(error) if as_json => json(&refusal(&place, &error)),
            Err(error) => Ok(format!("refused    {place}: {error}\n")),
        };
        printed = line.and_then(print::line);
        if printed.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    printed?;
    if as_json {
        print::line(serde_json::json!({ "summary": {
            "dry_run": true, "documents": read, "refused": refused, "skipped": found.skipped,
        }}))?;
    } else {
        for file in &found.skipped {
            print::line(format!("skipped    {}: expected {EXPECTED}", file.display()))?;
        }
        print::line(format!(
            "{read} documents would be taken in, {refused} refused, {} skipped; nothing was written",
            found.skipped.len()
        ))?;
    }
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::io("standard output")(e.into()))
}

fn refusal(place: &str, error: &Error) -> serde_json::Value {
    serde_json::json!({ "file": place, "status": "refused", "code": error.code(), "reason": error.to_string() })
}
