//! Files of every format to the texts of documents, as `ingest` and the HTTP service read them.

mod archive;
mod bulk;
mod hostile;
mod office;
mod pages;
mod texts;

use std::ops::ControlFlow;

use clausewise::document::extract::{Extracted, Found, documents_of_bytes};

/// All that a file gives.
fn all(bytes: &[u8], name: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let ended = documents_of_bytes(bytes, name, &mut |document| {
        found.push(document);
        ControlFlow::Continue(())
    });
    assert!(ended.is_continue() && !found.is_empty(), "{name} gives nothing");
    found
}

/// The one document of a file.
fn one(bytes: &[u8], name: &str) -> Extracted {
    let mut found = all(bytes, name);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0).document.unwrap_or_else(|refused| panic!("{name}: {}", refused.error))
}

/// Names and refusals, one a document: `a: ` and the text's first line, or `line 2 refused: ` and why.
fn outcomes(bytes: &[u8], name: &str) -> Vec<String> {
    let told = |name: Option<String>| name.unwrap_or_else(|| "-".to_owned());
    all(bytes, name)
        .into_iter()
        .map(|found| match found.document {
            Ok(document) => format!("{}: {}", told(document.name), document.text.lines().next().unwrap_or("")),
            Err(refused) => format!("{} refused: {}", told(refused.name), refused.error),
        })
        .collect()
}

/// Why a file is refused as a whole.
fn refusal(bytes: &[u8], name: &str) -> String {
    let told = outcomes(bytes, name);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("- refused: "), "{told:?}");
    told[0].clone()
}
