//! What holds for every document, whatever its text.

use clausewise::document::{Document, SkipReason, Span};

/// Every promise that holds for every text.
pub fn check(d: &Document) {
    let chars: Vec<char> = d.text.chars().collect();
    let text = |s: Span| chars[s.start..s.end].iter().collect::<String>();
    let mut spans: Vec<Span> = d.clauses.iter().map(|c| c.span).chain(d.skipped.iter().map(|s| s.span)).collect();
    spans.sort();
    let mut at = 0;
    for span in spans {
        assert_eq!(span.start, at, "every character once, in order");
        assert!(span.end > span.start, "no empty span");
        at = span.end;
    }
    assert_eq!(at, chars.len(), "up to the end");
    assert!(d.clauses.windows(2).all(|w| w[0].span.end <= w[1].span.start), "clauses in reading order");
    assert!(d.skipped.windows(2).all(|w| w[0].span.end <= w[1].span.start), "skipped ranges in reading order");
    for c in &d.clauses {
        assert_eq!(c.text, text(c.span));
        assert_eq!(c.text.trim(), c.text, "no white space at the ends");
        // Planes 2 and 3 are set aside for Chinese characters, also where Unicode has not given them out yet.
        let word = |c: char| c.is_alphanumeric() || ('\u{20000}'..='\u{3ffff}').contains(&c);
        assert!(c.text.chars().any(word), "a clause has words: {:?}", c.text);
        let article = &d.articles[c.article];
        assert!(
            article.span.start <= c.span.start && c.span.end <= article.span.end,
            "inside its article: {c:?} {article:?}"
        );
        if let Some(lead) = c.lead_in {
            assert!(
                lead.end <= c.span.start && d.clauses.iter().any(|l| l.span == lead),
                "a lead-in is a clause: {c:?}"
            );
        }
    }
    for w in d.articles.windows(2) {
        assert!(w[0].span.end <= w[1].span.start, "articles do not overlap: {w:?}");
    }
    for s in d.skipped.iter().filter(|s| matches!(s.reason, SkipReason::Space | SkipReason::Symbols)) {
        assert!(
            !text(s.span).chars().any(char::is_alphanumeric),
            "no words are lost as {:?}: {:?}",
            s.reason,
            text(s.span)
        );
    }
}
