//! The day on which a document says it enters into force.

use crate::document::chars::Chars;
use crate::document::numerals::date;
use crate::document::{Clause, Span};

/// When a document enters into force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// On a day that it names: 自2021年6月5日起施行.
    On(String),
    /// With its publication or issue, which was that day: 自公布之日起施行.
    With(String),
}

/// When a document says it enters into force. `published` is the day of its publication, and `issued` that of its
/// signature: the day on which it was passed is neither.
pub(super) fn effective(
    t: &Chars,
    clauses: &[Clause],
    published: Option<&str>,
    issued: Option<&str>,
) -> Option<Effect> {
    for clause in clauses.iter().rev().take(80) {
        let in_force = ["施行", "实施", "生效", "执行"].iter().any(|w| clause.text.contains(w));
        let own = [
            "本法",
            "本条例",
            "本规定",
            "本办法",
            "本细则",
            "本解释",
            "本规则",
            "本决定",
            "本意见",
            "本方案",
            "本通知",
            "本章程",
            "本规范",
            "本实施",
            "本安排",
            "本决议",
            "本准则",
            "本制度",
        ]
        .iter()
        .any(|w| clause.text.contains(w));
        let own = own || clause.text.contains("本《");
        if !in_force || !(own || clause.text.starts_with('自')) || clause.span.len() > SENTENCE {
            continue;
        }
        for i in clause.span.start..clause.span.end {
            if !matches!(t.at(i), '自' | '从' | '于') {
                continue;
            }
            let from = t.skip_space(i + 1, clause.span.end);
            if let Some(d) = date(t, from, clause.span.end) {
                let after = t.string(Span { start: d.end, end: clause.span.end.min(d.end + 8) });
                let after = after.trim_start_matches(['零', '０', '0', '时']);
                // 自1997年2月5日起施行的《…》同时废止: of another document.
                let rest = ["起施行的", "施行的", "起实施的", "实施的"].iter().find_map(|w| after.strip_prefix(w));
                let another = rest.is_some_and(|rest| rest.trim_start_matches('原').starts_with('《'));
                if another {
                    continue;
                }
                if after.starts_with('起') || after.starts_with("施行") || after.starts_with("实施") {
                    return Some(Effect::On(d.iso()));
                }
            }
            let words = t.string(Span { start: from, end: clause.span.end.min(from + 8) });
            if words.starts_with("公布之日") || words.starts_with("发布之日") {
                let day = published.or(issued.filter(|_| words.starts_with("发布")));
                return day.map(|day| Effect::With(day.to_owned()));
            }
            if words.starts_with("印发之日") {
                return issued.map(|day| Effect::With(day.to_owned()));
            }
        }
        let ends = clause.text.trim_end_matches('。');
        if own && ["发布施行", "公布施行", "发布实施", "公布实施"].iter().any(|w| ends.ends_with(w)) {
            // 本办法经国务院批准，由交通部发布施行。
            return published.map(|day| Effect::With(day.to_owned()));
        }
    }
    None
}

/// A clause that sets a date of effect is not longer than this.
const SENTENCE: usize = 400;
