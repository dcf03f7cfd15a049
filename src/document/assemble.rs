//! Makes clauses and skipped ranges account for every character exactly once.

use super::chars::{Chars, is_space};
use super::{Clause, SkipReason, Skipped, Span};

/// Fills what is between the clauses: with the ranges that are known to be skipped, cut where a clause covers them,
/// and otherwise with white space or symbols.
pub(super) fn cover(t: &Chars, clauses: &[Clause], mut known: Vec<Skipped>) -> Vec<Skipped> {
    known.retain(|s| !s.span.is_empty());
    known.sort_by_key(|s| s.span);
    let mut out: Vec<Skipped> = Vec::with_capacity(clauses.len() * 2 + known.len());
    let mut known = known.into_iter().peekable();
    let mut at = 0;
    let stops = clauses.iter().map(|c| c.span).chain(std::iter::once(Span { start: t.len(), end: t.len() }));
    for clause in stops {
        while let Some(next) = known.next_if(|s| s.span.start < clause.start) {
            let start = next.span.start.max(at);
            let end = next.span.end.min(clause.start);
            if start >= end {
                continue;
            }
            plain(t, Span { start: at, end: start }, &mut out);
            out.push(Skipped { span: Span { start, end }, reason: next.reason });
            at = end;
        }
        plain(t, Span { start: at, end: clause.start }, &mut out);
        at = clause.end.max(at);
        // Ranges inside the clause (numbers between merged fragments) are part of it.
        while known.next_if(|s| s.span.end <= at).is_some() {}
    }
    out
}

/// Marks a range that no rule claimed: white space, or symbols between white space.
fn plain(t: &Chars, span: Span, out: &mut Vec<Skipped>) {
    let mut at = span.start;
    while at < span.end {
        let space = is_space(t.at(at));
        let end = (at..span.end).find(|i| is_space(t.at(*i)) != space).unwrap_or(span.end);
        out.push(Skipped {
            span: Span { start: at, end },
            reason: if space { SkipReason::Space } else { SkipReason::Symbols },
        });
        at = end;
    }
}
