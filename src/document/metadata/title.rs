//! The title on one line.

use crate::document::Span;
use crate::document::chars::{Chars, is_space};
use crate::document::layout::{Segment, Zone};
use crate::document::lines::ends_in_body;
use crate::document::numerals::dates;

/// The title on one line.
pub(super) fn title(t: &Chars, segments: &[Segment]) -> Option<String> {
    let lines: Vec<&Segment> = segments.iter().filter(|s| s.zone == Zone::Title).collect();
    let (first, last) = (lines.first()?, lines.last()?);
    let title = clean_title(&t.string(Span { start: first.span.start, end: last.span.end }));
    Some(without_note(&title).to_owned())
}

/// A title without a note of adoption in brackets behind it: …法（2019年3月15日第十三届全国人民代表大会第二次会议通过）. A year alone
/// is part of the title: 宪法修正案（2018年）.
fn without_note(title: &str) -> &str {
    let Some((name, note)) = title.rfind(['（', '(']).filter(|at| *at > 0).and_then(|at| title.split_at_checked(at))
    else {
        return title;
    };
    let t = Chars::new(note);
    let dated = dates(&t, 0, t.len()).first().is_some_and(|date| date.start == 1);
    if dated && title.ends_with(['）', ')']) { name.trim_end() } else { title }
}

/// Drops stray spaces and line breaks; a space between joint issuers stays.
pub(super) fn clean_title(text: &str) -> String {
    let words: Vec<&str> = text.split(is_space).filter(|w| !w.is_empty()).collect();
    let mut out = String::new();
    for word in words {
        let body = [
            "政府",
            "市委",
            "省委",
            "区委",
            "县委",
            "党委",
            "法院",
            "检察院",
            "委员会",
            "部",
            "局",
            "厅",
            "院",
            "办公厅",
            "办公室",
        ]
        .iter()
        .any(|b| out.ends_with(b));
        let body_follows = word.contains("关于") && !word.starts_with("关于") || ends_in_body(word);
        let latin =
            out.ends_with(|c: char| c.is_ascii_alphanumeric()) && word.starts_with(|c: char| c.is_ascii_alphanumeric());
        if (body && body_follows && word.chars().count() > 2) || latin {
            out.push(' ');
        }
        out.push_str(word);
    }
    out.trim_matches(|c| matches!(c, '《' | '》') && out_has_one_pair(text)).to_owned()
}

/// Whether a title is wholly in title marks.
fn out_has_one_pair(text: &str) -> bool {
    let text = text.trim();
    text.starts_with('《') && text.ends_with('》') && text.matches('《').count() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_lose_stray_spaces_but_keep_joint_issuers_apart() {
        assert_eq!(
            clean_title("怀仁市人民政府 关于印发全面推进质量强市建设实施方案的 通 知"),
            "怀仁市人民政府关于印发全面推进质量强市建设实施方案的通知"
        );
        assert_eq!(
            clean_title("中共泰安市委 泰安市人民政府关于印发泰安市质量提升行动实施方案的通知"),
            "中共泰安市委 泰安市人民政府关于印发泰安市质量提升行动实施方案的通知"
        );
        assert_eq!(
            clean_title("最高人民法院\n关于审理物业服务纠纷\n案件的解释"),
            "最高人民法院关于审理物业服务纠纷案件的解释"
        );
    }

    #[test]
    fn a_note_of_adoption_is_not_part_of_the_title() {
        assert_eq!(without_note("外商投资法(2019年3月15日第十三届全国人民代表大会第二次)"), "外商投资法");
        assert_eq!(without_note("关于军民合用机场的规定（1985年12月30日）"), "关于军民合用机场的规定");
        for whole in ["宪法修正案（2018年）", "某办法（试行）", "（2020年1月1日）", "某办法（2019年修正）"]
        {
            assert_eq!(without_note(whole), whole);
        }
    }
}
