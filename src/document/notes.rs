//! Notes of responsible units: （责任单位：…）, （牵头单位:…,责任单位:…）, （…等部门负责）.

use super::Span;
use super::Warnings;
use super::chars::{Chars, is_space, is_stop};
use super::pairs::Pairs;

/// A note and the units it names.
pub(super) struct Note {
    /// The note with its brackets.
    pub(super) span: Span,
    /// One a unit.
    pub(super) units: Vec<String>,
}

/// Words that open a note, before a colon.
const ROLES: &[&str] = &[
    "责任单位",
    "牵头单位",
    "责任部门",
    "牵头部门",
    "配合单位",
    "配合部门",
    "责任主体",
    "牵头责任单位",
    "主要责任单位",
    "负责单位",
    "负责部门",
    "实施单位",
    "实施主体",
    "主办单位",
    "协办单位",
    "承办单位",
    "参与单位",
    "参与部门",
    "参加单位",
    "协同单位",
    "支持单位",
    "落实单位",
    "主责单位",
    "主责部门",
    "主管单位",
    "主管部门",
    "协助单位",
    "责任领导",
    "牵头领导",
    "责任科室",
    "责任处室",
    "牵头",
    "配合",
    "责任",
];

/// Words that close a note after the last unit, longest first.
const DUTIES: &[&str] = &[
    "按照职责分工负责",
    "按职责分工负责",
    "按照职责分工落实",
    "按职责分工落实",
    "按照职责分工",
    "按职责分工",
    "分工负责",
    "具体负责",
    "共同负责",
    "分别负责",
    "依职责加强指导",
    "按职责加强指导",
    "加强指导",
    "依职责",
    "按职责",
    "组织实施",
    "完成",
    "牵头负责",
    "配合落实",
    "负责落实",
    "负责",
    "牵头",
    "配合",
    "参与",
    "参加",
    "承担",
    "落实",
    "协助",
    "实施",
];

/// Words between the last unit and the duty.
const TAILS: &[&str] = &[
    "等有关部门",
    "等相关部门",
    "等有关单位",
    "等相关单位",
    "等部门和单位",
    "等部门、单位",
    "等部门单位",
    "等部门",
    "等单位",
    "等",
];

/// Last characters of the name of a unit.
const UNIT_ENDS: &[char] = &[
    '局', '委', '办', '部', '厅', '院', '会', '府', '行', '署', '社', '校', '站', '队', '心', '司', '关', '团', '处',
    '室', '所', '组', '库', '区', '县', '市', '镇', '乡', '街', '位', '门', '党', '联', '业', '企', '学', '台', '协',
    '庭', '网', '）', ')', '道', '旗', '盟', '州', '工',
];

/// Longest note.
const MAX_NOTE: usize = 800;

/// The notes of a text on its own and the units each names: （责任单位：…）, （…等部门负责）.
pub(crate) fn noted(text: &str) -> Vec<(Span, Vec<String>)> {
    let t = Chars::new(text);
    let pairs = Pairs::find(&t, &mut Warnings::default());
    let all = Span { start: 0, end: t.len() };
    notes(&t, &pairs, all, false).into_iter().map(|note| (note.span, note.units)).collect()
}

/// Finds the notes in a stretch of text. In statutes only notes that say so (责任单位：) count: there （由…负责） is a rule.
pub(super) fn notes(t: &Chars, pairs: &Pairs, text: Span, statute: bool) -> Vec<Note> {
    let mut found = Vec::new();
    let mut i = text.start;
    while i < text.end {
        let c = t.at(i);
        if matches!(c, '（' | '(' | '【' | '[' | '［')
            && let Some(close) = pairs.close(i).filter(|c| *c < text.end && c - i <= MAX_NOTE)
        {
            let inner = Span { start: i + 1, end: close };
            if opens_with_role(t, inner) || (!statute && closes_with_duty(t, inner)) {
                found.push(Note { span: Span { start: i, end: close + 1 }, units: units(&t.string(inner)) });
                i = close + 1;
                continue;
            }
        }
        let fresh = i == text.start || is_stop(t.before(i)) || matches!(t.before(i), '\n' | '）' | ')');
        if fresh && let Some(end) = unbracketed(t, Span { start: i, end: text.end }) {
            let span = t.trim(Span { start: i, end });
            found.push(Note { span, units: units(&t.string(span)) });
            i = end;
            continue;
        }
        i += 1;
    }
    found
}

/// Whether the text begins with 责任单位： or the like.
fn opens_with_role(t: &Chars, inner: Span) -> bool {
    let start = t.skip_space(inner.start, inner.end);
    ROLES.iter().any(|r| {
        let after = start + r.chars().count();
        t.has(start, r)
            && after < inner.end
            && matches!(t.at(t.skip_space(after, (after + 3).min(inner.end))), '：' | ':')
    })
}

/// Whether the text is a list of units that ends in what they do: 市农业局、市质监局等部门负责.
fn closes_with_duty(t: &Chars, inner: Span) -> bool {
    let mut end = inner.end;
    while end > inner.start && (is_space(t.before(end)) || matches!(t.before(end), '。' | '；' | ';')) {
        end -= 1;
    }
    let ends = |w: &str| {
        let n = w.chars().count();
        end.checked_sub(n).is_some_and(|at| at > inner.start && t.has(at, w))
    };
    if !DUTIES.iter().any(|d| ends(d)) {
        return false;
    }
    let text = t.string(inner);
    const NOT: &[&str] = &["以下", "不含", "包括", "如", "即", "其中", "应当", "依法", "下同"];
    if text.contains('。') && text.matches('。').count() > 1 || NOT.iter().any(|n| text.starts_with(n)) {
        return false;
    }
    let units = units(&text);
    let named = units
        .iter()
        .filter(|u| u.chars().last().is_some_and(|c| UNIT_ENDS.contains(&c)) && u.chars().count() <= 40)
        .count();
    !units.is_empty() && named * 10 >= units.len() * 7
}

/// A note without brackets: from its role to the end of the line or sentence, where only units follow.
fn unbracketed(t: &Chars, text: Span) -> Option<usize> {
    let start = t.skip_space(text.start, text.end.min(text.start + 4));
    let bare = ROLES.iter().filter(|r| r.chars().count() >= 4);
    let role = bare.filter(|r| t.has(start, r)).map(|r| r.chars().count()).max()?;
    let colon = t.skip_space(start + role, (start + role + 3).min(text.end));
    if !matches!(t.at(colon), '：' | ':') {
        return None;
    }
    let limit = text.end.min(start + MAX_NOTE);
    let end = (colon..limit).find(|i| matches!(t.at(*i), '\n' | '。')).unwrap_or(limit);
    let inner = t.string(Span { start: colon + 1, end });
    let units = units(&inner);
    let named = units.iter().filter(|u| u.chars().count() <= 30).count();
    (named > 0 && named == units.len()).then_some(if t.at(end) == '。' { end + 1 } else { end })
}

/// The units that a note names, without its own words, each once.
pub(super) fn units(note: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut depth = 0usize;
    let mut name = String::new();
    let mut flush = |name: &mut String| {
        // 各州、市人民政府 is one phrase.
        if name.starts_with('各') && name.chars().count() <= 2 {
            name.push('、');
            return;
        }
        let unit = unit(name);
        if !unit.is_empty() && !found.contains(&unit) {
            found.push(unit);
        }
        name.clear();
    };
    // A line break inside a note is where the page cut it.
    let note = note.replace('\n', "").replace("和各", "、各").replace("会同", "、");
    for c in note.trim_matches(|c| matches!(c, '（' | '）' | '(' | ')' | '【' | '】' | '[' | ']')).chars() {
        match c {
            '（' | '(' => depth += 1,
            '）' | ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let parts = matches!(c, '、' | '，' | ',' | '；' | ';' | '。' | '：' | ':') || is_space(c);
        if depth == 0 && parts {
            flush(&mut name);
        } else {
            name.push(c);
        }
    }
    flush(&mut name);
    found
}

/// One unit without the words of the note around it.
fn unit(name: &str) -> String {
    let mut rest: String = name.chars().filter(|c| !is_space(*c)).collect();
    if let Some(stripped) = rest.strip_prefix('由') {
        rest = stripped.to_owned();
    }
    loop {
        let before = rest.len();
        for word in DUTIES.iter().chain(TAILS) {
            if let Some(stripped) = rest.strip_suffix(word) {
                rest = stripped.to_owned();
            }
        }
        if rest.len() == before {
            break;
        }
    }
    // A closing bracket of the note itself, where the note's opening one was trimmed.
    if rest.matches(['）', ')']).count() > rest.matches(['（', '(']).count() {
        rest = rest.trim_end_matches(['）', ')']).to_owned();
    }
    if rest.matches(['（', '(']).count() > rest.matches(['）', ')']).count() && !rest.ends_with(['）', ')']) {
        rest.push(if rest.contains('（') { '）' } else { ')' });
    }
    let role = ROLES.contains(&rest.as_str());
    let term = rest.contains("时限")
        || rest.contains("期限")
        || rest.contains("完成时间")
        || rest.chars().any(|c| c.is_ascii_digit());
    let words = matches!(rest.as_str(), "" | "有关部门" | "各有关部门" | "相关部门" | "等" | "按" | "分工" | "职责");
    if role || term || (words && rest.is_empty()) { String::new() } else { rest }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, Vec<String>)> {
        let t = Chars::new(text);
        noted(text).into_iter().map(|(span, units)| (t.string(span), units)).collect()
    }

    #[test]
    fn units_are_told_one_by_one_without_the_words_of_the_note() {
        let found = read("加强质量。(牵头单位:市市场监管局,责任单位:市发展改革委、市财政局)");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].1, ["市市场监管局", "市发展改革委", "市财政局"]);
        assert_eq!(
            read("(市委考核办、市质监局等部门,各县(市、区)负责)")[0].1,
            ["市委考核办", "市质监局", "各县(市、区)"]
        );
        assert_eq!(
            read("（市质监局、泰安海关等部门,相关县(市、区)政府负责）")[0].1,
            ["市质监局", "泰安海关", "相关县(市、区)政府"]
        );
        assert_eq!(
            read("（省教育厅牵头，省财政厅、省人力资源社会保障厅配合）")[0].1,
            ["省教育厅", "省财政厅", "省人力资源社会保障厅"]
        );
        assert_eq!(units("主办单位：省司法厅，各州、市人民政府"), ["省司法厅", "各州、市人民政府"]);
        assert_eq!(read("提高质量。\n责任单位：市发展改革委、市财政局")[0].1, ["市发展改革委", "市财政局"]);
    }

    #[test]
    fn brackets_that_say_something_else_stay() {
        for text in [
            "大型活动（以下简称活动）由公安机关负责",
            "强化责任。责任单位应当落实整改。",
            "质量管理（QC）小组",
            "（一）实施质量强县(市、区)战略",
        ] {
            assert!(read(text).is_empty(), "{text}");
        }
    }
}
