//! The lines of the text and the shapes that short lines have: dates, names of bodies, page numbers, titles.

use super::Span;
use super::chars::{Chars, is_han, is_space, is_stop};
use super::numerals::{arabic_digit, date, dates};

/// Rules on short lines look at none longer than this, so that a file of one long line costs no copies.
pub(super) const SHORT: usize = 600;

/// A line that is not blank.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// The line without white space at its ends.
    pub(super) span: Span,
    /// How many white-space characters stand before it.
    pub(super) indent: usize,
}

/// All lines that are not blank.
pub(super) fn lines(t: &Chars) -> Vec<Line> {
    let mut found = Vec::new();
    let mut start = 0;
    for i in 0..=t.len() {
        if i == t.len() || matches!(t.at(i), '\n' | '\u{c}' | '\u{2028}' | '\u{2029}') {
            let span = t.trim(Span { start, end: i });
            if !span.is_empty() {
                found.push(Line { span, indent: span.start - start });
            }
            start = i + 1;
        }
    }
    found
}

/// Whether the range holds a mark that ends sentences.
pub(super) fn has_stop(t: &Chars, span: Span) -> bool {
    t.slice(span).iter().any(|c| is_stop(*c))
}

/// Whether the range ends as a sentence, a member of a list or a lead-in does.
pub(super) fn is_terminated(t: &Chars, span: Span) -> bool {
    let mut end = span.end;
    while end > span.start && matches!(t.before(end), '”' | '’' | '）' | ')' | '】' | '」' | '］' | ']') {
        end -= 1;
    }
    let last = t.before(end);
    // A line that ends in a closing bracket may go on; one that ends in a bracket after a stop does not.
    is_stop(last) || matches!(last, '：' | ':' | '…') || (end < span.end && !matches!(last, '，' | ',' | '、'))
}

/// A date and nothing else.
pub(super) fn is_date(t: &Chars, span: Span) -> bool {
    date(t, span.start, span.end).is_some_and(|d| t.trim(Span { start: d.end, end: span.end }).is_empty())
}

/// Last characters of the name of a body that issues documents.
const BODIES: &[&str] = &[
    "政府",
    "委员会",
    "军委",
    "市委",
    "省委",
    "区委",
    "县委",
    "党委",
    "工委",
    "州委",
    "盟委",
    "办公厅",
    "办公室",
    "政府办",
    "府办",
    "局",
    "厅",
    "部",
    "署",
    "院",
    "会",
    "总队",
    "支队",
    "中心",
    "公司",
    "集团",
    "银行",
    "分行",
    "支行",
    "法院",
    "检察院",
    "领导小组",
    "指挥部",
    "管委会",
    "大学",
    "学院",
    "协会",
    "总会",
    "联合会",
    "海关",
    "总局",
    "总工会",
    "国务院",
    "主席团",
    "委办",
    "处",
    "大队",
    "社",
    "军区",
    "警备区",
];

/// Whether a short range is the name of a body, or several side by side.
pub(super) fn is_body_name(t: &Chars, span: Span) -> bool {
    if span.len() > SHORT {
        return false;
    }
    let name = t.squeezed(span);
    let count = name.chars().count();
    (3..=60).contains(&count)
        && ends_in_body(&name)
        && name.chars().all(|c| is_han(c) || matches!(c, '（' | '）' | '(' | ')' | '、' | '·'))
}

/// Whether a name ends as the name of a body does.
pub(super) fn ends_in_body(name: &str) -> bool {
    BODIES.iter().any(|b| name.ends_with(b))
}

/// Whether a line is a number or a page mark and nothing else: `- 3 -`, `第 2 页 共 9 页`, `12`.
pub(super) fn is_page_number(t: &Chars, span: Span) -> bool {
    if span.len() > SHORT || visible(t, span, 17) > 16 {
        return false;
    }
    let text = t.squeezed(span);
    let core = text.trim_matches(|c| matches!(c, '-' | '—' | '–' | '－' | '─' | '·' | '/' | '|'));
    let core = core.strip_prefix('第').unwrap_or(core).replace(['页', '共', '第', '，', ',', '/'], "");
    let digits = core.chars().filter(|c| arabic_digit(*c).is_some()).count();
    digits > 0 && digits <= 6 && digits == core.chars().count()
}

/// Words that titles of documents end in.
const TITLE_ENDS: &[&str] = &[
    "法",
    "法典",
    "条例",
    "规定",
    "办法",
    "规则",
    "细则",
    "决定",
    "决议",
    "意见",
    "通知",
    "公告",
    "通告",
    "方案",
    "规划",
    "计划",
    "纲要",
    "报告",
    "解释",
    "批复",
    "复函",
    "函",
    "令",
    "措施",
    "要点",
    "行动",
    "规范",
    "准则",
    "章程",
    "公报",
    "议案",
    "安排",
    "规程",
    "修正案",
    "宪法",
    "清单",
    "指南",
    "指引",
    "倡议书",
    "通报",
    "纪要",
    "答复",
    "讲话",
    "导则",
    "大纲",
    "协定",
    "预案",
    "守则",
    "公约",
    "须知",
    "条约",
    "议定书",
    "问答",
    "解读",
];

/// Whether a range reads like the title of a document: its last word, or 关于…的.
pub(super) fn is_title(t: &Chars, span: Span) -> bool {
    if span.len() > SHORT {
        return false;
    }
    let mut text = t.squeezed(span);
    while let Some(open) = trailing_bracket(&text) {
        text.truncate(open);
    }
    let text = text.trim_matches(|c| matches!(c, '《' | '》' | '“' | '”'));
    let count = text.chars().count();
    // 资讯平台-通知公告, 首页 > 政策文件: a menu, though it ends like a title.
    if text.contains(['>', '＞', '|', '»']) || text.contains('-') && !text.contains(|c: char| c.is_ascii_digit()) {
        return false;
    }
    if !(2..=120).contains(&count) || text.chars().any(|c| is_stop(c) || matches!(c, '：' | ':')) {
        return false;
    }
    let about = text.find("关于").is_some_and(|at| text.get(at..).is_some_and(|rest| rest.contains('的')));
    TITLE_ENDS.iter().any(|e| text.ends_with(e)) && (count <= 60 || about)
}

/// Where a closing bracket at the end of a title was opened: （试行）, (2023—2025年).
fn trailing_bracket(text: &str) -> Option<usize> {
    (text.ends_with('）') || text.ends_with(')')).then_some(())?;
    text.rfind(['（', '(']).filter(|open| *open > 0)
}

/// Whether a range is a document number: 咸政发〔2016〕2号.
pub(super) fn is_document_number(t: &Chars, span: Span) -> bool {
    if span.len() > SHORT {
        return false;
    }
    let text = t.squeezed(span);
    document_number(&text).is_some_and(|(start, end)| start == 0 && end == text.len())
}

/// Finds a document number in a text without white space: byte range.
pub(super) fn document_number(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(found) = text.get(from..)?.find(['〔', '[', '［', '（', '(', '【']) {
        let open = from + found;
        if let Some(end) = number_after(text, open)
            && let Some(start) = code_before(text, open)
        {
            return Some((start, end));
        }
        from = open + text.get(open..)?.chars().next()?.len_utf8();
    }
    None
}

/// End of `〔2016〕2号` that opens at byte `open`.
fn number_after(text: &str, open: usize) -> Option<usize> {
    let mut at = open;
    let mut rest = text.get(open..)?.chars();
    at += rest.next()?.len_utf8();
    let mut digits = 0;
    let mut c = rest.next()?;
    while arabic_digit(c).is_some() {
        digits += 1;
        at += c.len_utf8();
        c = rest.next()?;
    }
    if digits != 4 || !matches!(c, '〕' | ']' | '］' | '）' | ')' | '】') {
        return None;
    }
    at += c.len_utf8();
    c = rest.next()?;
    if c == '第' {
        at += c.len_utf8();
        c = rest.next()?;
    }
    digits = 0;
    while arabic_digit(c).is_some() {
        digits += 1;
        at += c.len_utf8();
        c = rest.next()?;
    }
    (c == '号' && digits > 0).then_some(at + c.len_utf8())
}

/// Start of the body's code before the year: at most ten Chinese characters or letters.
fn code_before(text: &str, open: usize) -> Option<usize> {
    let mut start = open;
    for (k, c) in text.get(..open)?.chars().rev().enumerate() {
        if k >= 12 || !(is_han(c) || c.is_ascii_alphabetic()) {
            break;
        }
        start -= c.len_utf8();
    }
    // 文号:咸政发 and 文件文字版:枣政字 are cut at the colon; words run together with the code cannot be told apart.
    (start < open && open - start <= 36).then_some(start)
}

/// Whether a range is a note of adoption or of the issuing order: `(2016年12月29日 …通过 …)`.
pub(super) fn is_adoption_note(t: &Chars, span: Span) -> bool {
    let inner = match t.at(span.start) {
        '（' | '(' => Span { start: span.start + 1, end: span.end },
        _ => span,
    };
    let bracketed = inner.start > span.start;
    let head = t.squeezed(Span { start: inner.start, end: inner.end.min(inner.start + 400) });
    let tail = t.squeezed(Span { start: inner.start.max(inner.end.saturating_sub(60)), end: inner.end });
    const ACTS: &[&str] =
        &["通过", "批准", "公布", "发布", "修正", "修订", "施行", "颁布", "印发", "废止", "第一次", "号令"];
    let acts = ACTS.iter().any(|a| head.contains(a) || tail.contains(a));
    let dated = !dates(t, inner.start, inner.end.min(inner.start + 400)).is_empty();
    if bracketed {
        return dated && acts && matches!(t.before(span.end), '）' | ')');
    }
    let sentence = t.slice(span).iter().any(|c| matches!(c, '。' | '；'));
    let starts_with_date = date(t, inner.start, inner.end).is_some();
    dated && acts && !sentence && starts_with_date
}

/// Number of characters that are not white space, counted up to `limit`.
pub(super) fn visible(t: &Chars, span: Span, limit: usize) -> usize {
    t.slice(span).iter().filter(|c| !is_space(**c)).take(limit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> (Chars, Span) {
        let t = Chars::new(text);
        let span = Span { start: 0, end: t.len() };
        (t, span)
    }

    #[test]
    fn shapes_of_short_lines_are_told_apart() {
        let is = |f: fn(&Chars, Span) -> bool, text: &str| {
            let (t, span) = whole(text);
            f(&t, span)
        };
        assert!(is(is_date, "2016年2月16日") && !is(is_date, "2016年2月16日起施行"));
        assert!(
            is(is_body_name, "中共泰安市委") && is(is_body_name, "怀仁市人民政府") && !is(is_body_name, "全面推进")
        );
        assert!(is(is_page_number, "— 3 —") && is(is_page_number, "第 2 页 共 9 页") && !is(is_page_number, "第三条"));
        assert!(is(is_title, "泰安市质量提升行动实施方案") && is(is_title, "质量强国建设纲要（2021—2035年）"));
        assert!(!is(is_title, "一年来，主要做了以下工作。"));
        assert!(is(is_document_number, "咸政发〔2016〕2号") && is(is_document_number, "怀政发[2023]29号"));
        assert!(is(is_adoption_note, "(2016年12月29日 杭州市第十二届人民代表大会常务委员会第四十一次会议通过)"));
        assert!(!is(is_adoption_note, "2004年3月1日起施行的条例，同时废止。"));
        assert!(
            is(is_terminated, "合格率达到83%。")
                && is(is_terminated, "（含辐射源）")
                && !is(is_terminated, "网约出租车、")
        );
    }
}
