//! Cuts running text into sentence-sized pieces.

use super::Span;
use super::chars::{Chars, is_closer, is_han, is_space, is_stop, is_word};
use super::pairs::Pairs;

/// A quotation or bracket of at most this many characters is never cut; longer ones (whole articles quoted by an
/// amendment) are cut inside.
const KEPT_WHOLE: usize = 150;
/// A member of a list closed with ； is merged with the next when it has fewer words than this.
const SMALL_MEMBER: usize = 8;
/// Fewer words than this cannot stand alone.
pub(super) const FRAGMENT: usize = 4;

/// Cuts a stretch of text into pieces without white space at their ends. Together they cover every word of it.
pub(super) fn sentences(t: &Chars, pairs: &Pairs, text: Span) -> Vec<Span> {
    let mut pieces = Vec::new();
    let mut start = text.start;
    let mut i = text.start;
    while i < text.end {
        let end = match ends_at(t, pairs, i, text) {
            Step::Past(next) => {
                i = next;
                continue;
            }
            Step::End(end) => end,
        };
        push(t, &mut pieces, Span { start, end });
        start = end;
        i = end;
    }
    push(t, &mut pieces, Span { start, end: text.end });
    merge(t, pieces)
}

enum Step {
    /// Nothing ends here; go on at this place.
    Past(usize),
    /// A piece ends before this place.
    End(usize),
}

/// What happens at `i`.
fn ends_at(t: &Chars, pairs: &Pairs, i: usize, text: Span) -> Step {
    let c = t.at(i);
    if let Some(close) = pairs.close(i).filter(|close| *close < text.end && close - i <= KEPT_WHOLE) {
        // “……。”下一句: the stop inside the quotation ends the sentence around it.
        let quoted_stop = matches!(t.before(close), '。') && matches!(c, '“' | '（' | '(' | '‘');
        let after = t.at(t.skip_space(close + 1, text.end.min(close + 9)));
        let starts_anew = is_han(after) && !matches!(after, '的' | '和' | '与' | '或' | '等' | '及' | '修')
            || matches!(after, '“' | '《' | '（');
        return if quoted_stop && starts_anew && close + 1 < text.end {
            Step::End(absorb(t, close + 1, text.end))
        } else {
            Step::Past(close + 1)
        };
    }
    if is_stop(c) && is_real_stop(t, i, text.end) {
        return Step::End(absorb(t, i + 1, text.end));
    }
    // A half-width point after a Chinese character and before another closes sentences in careless typing.
    if matches!(c, '.' | '．')
        && is_han(t.before(i))
        && (i + 1 >= text.end || is_space(t.at(i + 1)) || is_han(t.at(i + 1)))
        && i > text.start
    {
        return Step::End(absorb(t, i + 1, text.end));
    }
    // English: a point after a word, before a new sentence.
    let sentence = c == '.' && t.at(i + 1) == ' ' && t.at(i + 2).is_ascii_uppercase();
    if sentence && t.before(i).is_ascii_lowercase() && t.before(i.saturating_sub(1)).is_ascii_lowercase() {
        return Step::End(i + 1);
    }
    Step::Past(i + 1)
}

/// Half-width marks end sentences unless they stand in an address, an entity or between figures.
fn is_real_stop(t: &Chars, i: usize, end: usize) -> bool {
    let c = t.at(i);
    if !c.is_ascii() {
        return true;
    }
    let (before, after) = (t.before(i), t.at(i + 1));
    let latin = |c: char| c.is_ascii_alphanumeric() || matches!(c, '&' | '=' | '/' | '%' | '#');
    if c == ';' && before.is_ascii_alphabetic() {
        return (i.saturating_sub(8)..i).all(|k| t.at(k) != '&');
    }
    !(latin(before) && latin(after) && i + 1 < end)
}

/// Takes further stops and closing marks behind a stop.
fn absorb(t: &Chars, mut i: usize, end: usize) -> usize {
    while i < end && (is_stop(t.at(i)) || is_closer(t.at(i))) {
        i += 1;
    }
    i
}

fn push(t: &Chars, pieces: &mut Vec<Span>, piece: Span) {
    let piece = t.trim(piece);
    if !piece.is_empty() {
        pieces.push(piece);
    }
}

/// Merges pieces that cannot stand alone with the one after them, or before them at the end.
fn merge(t: &Chars, pieces: Vec<Span>) -> Vec<Span> {
    let mut merged: Vec<Span> = Vec::with_capacity(pieces.len());
    let mut waiting: Option<usize> = None;
    let last = pieces.len().saturating_sub(1);
    for (k, piece) in pieces.into_iter().enumerate() {
        let piece = Span { start: waiting.take().unwrap_or(piece.start), end: piece.end };
        let words = few_words(t, piece);
        let member = matches!(t.before(piece.end), '；' | ';');
        let small = words < FRAGMENT || (member && words < SMALL_MEMBER);
        if small && k < last {
            waiting = Some(piece.start);
            continue;
        }
        match merged.last_mut() {
            // The last member of a list of small ones stays with them.
            Some(previous) if small || (words < SMALL_MEMBER && matches!(t.before(previous.end), '；' | ';')) => {
                previous.end = piece.end
            }
            _ => merged.push(piece),
        }
    }
    merged
}

/// Words of a piece, counted no further than is asked for.
fn few_words(t: &Chars, piece: Span) -> usize {
    t.slice(piece).iter().filter(|c| is_word(**c)).take(SMALL_MEMBER + 1).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Warnings;

    fn cut(text: &str) -> Vec<String> {
        let t = Chars::new(text);
        let pairs = Pairs::find(&t, &mut Warnings::default());
        sentences(&t, &pairs, Span { start: 0, end: t.len() }).into_iter().map(|s| t.string(s)).collect()
    }

    #[test]
    fn text_is_cut_at_stops_and_members_of_lists() {
        assert_eq!(cut("制造业质量竞争力指数达到82.5，产业初具规模。申建国家级示范区2个；推进产业升级换代。").len(), 3);
        assert_eq!(cut("公共服务质量满意度达到83%;生态质量指数(EQI)完成国家下达任务。").len(), 2);
        assert_eq!(cut("到2020年，食品抽检合格率达到96%以上!培育团体标准3项,新制定农业地方标准?").len(), 2);
    }

    #[test]
    fn quotations_brackets_and_addresses_are_kept_whole() {
        assert_eq!(cut("落实“谁执法？谁普法！”要求，深入开展“3?15”国际消费者权益日活动。").len(), 1);
        assert_eq!(cut("登录http://a.cn/?x=1;y=2办理（自行申请；逾期不办。）并公示。").len(), 1);
        assert_eq!(
            cut("规定：“国家保护公民的权利。”第三条修改为下列内容。"),
            ["规定：“国家保护公民的权利。”", "第三条修改为下列内容。"]
        );
    }

    #[test]
    fn pieces_too_small_to_stand_alone_are_merged() {
        assert_eq!(cut("坚持政府引导；坚持市场主导；坚持社会共治。").len(), 1);
        assert_eq!(cut("加强对质量工作的领导和统筹协调。是的。"), ["加强对质量工作的领导和统筹协调。是的。"]);
    }
}
