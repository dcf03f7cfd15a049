//! Notes of adoption under the title of a law or regulation: `(2016年12月29日 …通过 2017年3月30日 …批准)`.

use super::Region;
use crate::document::Span;
use crate::document::chars::{Chars, is_space};
use crate::document::numerals::{dates, is_numeral};
use crate::document::region::place;

/// What was done on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Passed,
    Amended,
    Approved,
    Published,
    Effective,
}

/// One dated act of a note.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) act: Act,
    pub(super) date: (u32, u32, u32),
    /// Who did what.
    pub(super) words: String,
}

/// Reads the acts of a note.
pub(super) fn events(t: &Chars, note: Span) -> Vec<Event> {
    let found = dates(t, note.start, note.end);
    let mut events = Vec::new();
    // 甲会议、2024年2月22日乙会议通过: the first has no verb of its own and waits for the next one's.
    let mut waiting: Vec<((u32, u32, u32), String)> = Vec::new();
    for (k, d) in found.iter().enumerate() {
        let end = found.get(k + 1).map_or(note.end, |next| next.start);
        let words = t.string(Span { start: d.end, end });
        let words = close_up(
            words.trim_matches(|c| is_space(c) || matches!(c, '（' | '）' | '(' | ')' | '、' | '，' | ',' | '；')),
        );
        let Some(act) = act(&words) else {
            waiting.push((d.ymd, words));
            continue;
        };
        if act == Act::Approved && amends(&words) {
            // 市人大常委会…通过 省人大常委会…批准的《…决定》第二次修正: what the city passed is the amendment.
            match events.last_mut() {
                Some(Event { act: passed @ Act::Passed, .. }) => *passed = Act::Amended,
                _ => {
                    events.push(Event { act: Act::Amended, date: d.ymd, words });
                    continue;
                }
            }
        }
        events.extend(waiting.drain(..).map(|(date, words)| Event { act, date, words }));
        if act == Act::Published && without_titles(&words).contains("施行") {
            // 全国人民代表大会公告公布施行
            events.push(Event { act: Act::Effective, date: d.ymd, words: words.clone() });
        }
        events.push(Event { act, date: d.ymd, words });
    }
    events
}

/// Drops white space but for the one between two bodies: 交通部 水产部发布.
fn close_up(words: &str) -> String {
    let mut out = String::new();
    for word in words.split(is_space).filter(|w| !w.is_empty()) {
        if out.ends_with(['部', '院', '局']) && !word.starts_with(['第', '令', '公', '发', '批', '《']) {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// The words without what stands in 《》: titles speak of other acts.
fn without_titles(words: &str) -> String {
    let mut plain = String::new();
    let mut depth = 0usize;
    for c in words.chars() {
        match c {
            '《' | '〈' => depth += 1,
            '》' | '〉' => depth = depth.saturating_sub(1),
            c if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    plain
}

fn amends(words: &str) -> bool {
    let plain = without_titles(words);
    ["修正", "修订", "修改"].iter().any(|w| plain.contains(w))
}

/// What the words after a date say was done.
fn act(words: &str) -> Option<Act> {
    let plain = without_titles(words);
    let has = |w: &str| plain.contains(w);
    Some(if has("批准的") {
        Act::Approved
    } else if amends(words) {
        Act::Amended
    } else if has("通过") {
        Act::Passed
    } else if has("批准") {
        Act::Approved
    } else if has("公布") || has("发布") || has("公告") || has("颁布") || has("令第") || has("印发") {
        Act::Published
    } else if has("施行") || has("实施") || has("生效") {
        Act::Effective
    } else {
        return None;
    })
}

/// The body that passed a document, or else published or approved it; joint ones parted by a space.
///
/// A note can tell of several bodies over the years (the congress of a city that was merged into another one); the one
/// of the place that the title begins with is meant. A body of quite another place is a slip of the source: none then.
pub(super) fn issuer_of(events: &[Event], title: Option<&Region>) -> Option<String> {
    let order = [Act::Passed, Act::Published, Act::Amended, Act::Approved];
    let bodies = || {
        order
            .iter()
            .flat_map(|act| events.iter().filter(move |e| e.act == *act))
            .filter_map(|e| Some((e, body(&e.words)?)))
    };
    if let Some(title) = title {
        let regions = |name: &str| place(name).map(|p| p.region);
        let same = bodies().find(|(_, b)| regions(b).as_ref() == Some(title));
        let above = || bodies().find(|(_, b)| regions(b).is_some_and(|r| r.province.is_some() && r.holds(title)));
        let unplaced = || {
            bodies().find(|(_, b)| {
                b.starts_with('市') || b.starts_with('省') || b.starts_with("自治") || b.starts_with('县')
            })
        };
        // A ministry or the State Council may rule on a place; the national congress passes no regulation of a province.
        let national = || bodies().find(|(_, b)| place(b).is_none() && !b.starts_with("全国人民代表大会"));
        return same.or_else(unplaced).or_else(above).or_else(national).map(|(_, b)| b);
    }
    let (first, name) = bodies().next()?;
    let mut names = vec![name];
    if names.iter().all(|n| n.starts_with("最高人民")) {
        for (_, other) in bodies().filter(|(e, b)| e.act == first.act && b.starts_with("最高人民")) {
            if !names.contains(&other) {
                names.push(other);
            }
        }
    }
    Some(names.join(" "))
}

/// The body at the start of what an event says.
fn body(words: &str) -> Option<String> {
    let words = words.trim_start_matches(['经', '由']);
    let words = words
        .strip_prefix("中华人民共和国")
        .filter(|r| ["国务院", "全国", "国家", "最高", "中央"].iter().any(|b| r.starts_with(b)) || r.contains('部'))
        .unwrap_or(words);
    let mut name = drop_term(words);
    for end in [
        "审判委员会",
        "检察委员会",
        "第",
        "令",
        "公告",
        "常务会议",
        "部长办公会",
        "部务会议",
        "局务会议",
        "主席团",
        "会议",
        "通过",
        "批准",
        "公布",
        "发布",
        "颁布",
        "修订",
        "修正",
    ] {
        if let Some(at) = name.find(end) {
            name.truncate(at);
        }
    }
    if let Some(at) = name.find(|c: char| c.is_ascii_digit() || c == '《') {
        name.truncate(at);
    }
    let name = name.replace("人大常委会", "人民代表大会常务委员会").replace(['、', '，'], " ");
    let name = name.strip_suffix('次').map_or(name.as_str(), |n| n.trim_end_matches(is_numeral)).trim();
    let name = name.strip_suffix("人大").map_or(name.to_owned(), |n| format!("{n}人民代表大会"));
    let size = name.chars().count();
    (3..=60).contains(&size).then_some(name)
}

/// 第十二届 inside the name of a congress goes, and so does 十二届.
fn drop_term(words: &str) -> String {
    let Some(term) = words.find('届') else { return words.to_owned() };
    let head = words.get(..term).unwrap_or("");
    let head = head.trim_end_matches(|c: char| is_numeral(c) || c.is_ascii_digit());
    let head = head.strip_suffix('第').unwrap_or(head);
    format!("{head}{}", words.get(term + '届'.len_utf8()..).unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<String>, Vec<Act>) {
        let t = Chars::new(text);
        let e = events(&t, Span { start: 0, end: t.len() });
        (issuer_of(&e, None), e.iter().map(|e| e.act).collect())
    }

    #[test]
    fn the_body_that_passed_a_regulation_is_its_issuer() {
        let note = "(2016年12月29日 杭州市第十二届人民代表大会常务委员会第四十一次会议通过 2017年3月30日 浙江省第十二届人民代表大会常务委员会第三十九次会议批准)";
        assert_eq!(read(note), (Some("杭州市人民代表大会常务委员会".into()), vec![Act::Passed, Act::Approved]));
        assert_eq!(
            read("(2020年5月28日 第十三届全国人民代表大会第三次会议通过 2021年1月1日 施行)").0.as_deref(),
            Some("全国人民代表大会")
        );
        assert_eq!(read("(2002年8月2日 中华人民共和国国务院令第359号公布 2011年1月8日 《国务院关于废止和修改部分行政法规的决定》第一次修订)").0.as_deref(), Some("国务院"));
        assert_eq!(
            read("(2021年8月2日 国家市场监督管理总局令第46号公布 2022年1月1日 施行)").0.as_deref(),
            Some("国家市场监督管理总局")
        );
        assert_eq!(read("(1986年11月8日 国务院批准 1986年12月1日 铁道部发布)").0.as_deref(), Some("铁道部"));
        let merged = "(2016年9月21日 莱芜市第十七届人民代表大会常务委员会第三十三次会议通过 2019年1月31日济南市第十七届人民代表大会常务委员会第一次会议通过)";
        let t = Chars::new(merged);
        let jinan = Region { province: Some("山东".into()), city: Some("济南市".into()), county: None };
        let found = issuer_of(&events(&t, Span { start: 0, end: t.len() }), Some(&jinan));
        assert_eq!(found.as_deref(), Some("济南市人民代表大会常务委员会"));
        let approved = "(1997年8月22日 郑州市第十届人民代表大会常务委员会第三十二次会议通过 1998年7月24日 河南省第九届人民代表大会常务委员会第四次会议批准 2020年4月29日 郑州市第十五届人民代表大会常务委员会第十五次会议通过 2020年6月3日 河南省第十三届人民代表大会常务委员会第十八次会议批准的《郑州市人民代表大会常务委员会关于修改部分地方性法规的决定》修正)";
        use Act::{Amended, Approved, Passed};
        assert_eq!(
            read(approved),
            (Some("郑州市人民代表大会常务委员会".into()), vec![Passed, Approved, Amended, Approved])
        );
        let joint = "(2024年1月8日 最高人民法院审判委员会第1911次会议、2024年2月22日最高人民检察院第十四届检察委员会第二十五次会议通过 2024年3月20日 施行)";
        assert_eq!(read(joint).0.as_deref(), Some("最高人民法院 最高人民检察院"));
    }
}
