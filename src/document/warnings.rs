//! Collects warnings, a bounded number of each kind: a damaged file must not answer with a million of them.

use super::{Span, Warning};

/// How many warnings of a kind are told one by one.
const PER_KIND: usize = 20;

/// Warnings of a document.
#[derive(Default)]
pub(super) struct Warnings {
    told: Vec<Warning>,
    counts: Vec<(&'static str, usize, Span)>,
}

/// Adds a warning; the message is made only when it is told.
pub(super) fn warn(warnings: &mut Warnings, span: Span, kind: &'static str, message: impl FnOnce() -> String) {
    let count = match warnings.counts.iter_mut().find(|(k, _, _)| *k == kind) {
        Some((_, count, last)) => {
            *count += 1;
            *last = span;
            *count
        }
        None => {
            warnings.counts.push((kind, 1, span));
            1
        }
    };
    if count <= PER_KIND {
        warnings.told.push(Warning { span, message: message() });
    }
}

impl Warnings {
    /// The warnings in order of place, with the number of those left out.
    pub(super) fn finish(mut self) -> Vec<Warning> {
        for (kind, count, span) in self.counts {
            if count > PER_KIND {
                let message = format!("{} more of the kind: {kind}", count - PER_KIND);
                self.told.push(Warning { span, message });
            }
        }
        self.told.sort_by_key(|w| w.span);
        self.told
    }
}
