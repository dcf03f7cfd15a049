//! The kind of document that a title names.

use super::Kind;
use crate::document::chars::is_han;

/// The kind of document that a title names. A notice that carries a plan or a regulation is of the kind that it carries.
pub(super) fn kind(title: &str, issuer: Option<&str>) -> Option<Kind> {
    let mut name = title.trim_end_matches(['》', '”']);
    while let Some(open) = name.ends_with(['）', ')']).then(|| name.rfind(['（', '('])).flatten().filter(|o| *o > 0) {
        name = name.get(..open)?;
    }
    let carried =
        name.strip_suffix("的通知").filter(|n| ["印发", "发布", "转发", "公布"].iter().any(|w| n.contains(w)));
    if let Some(inner) = carried
        && let Some(kind) = kind_of_name(inner.trim_end_matches(['》', '”']), None)
    {
        return Some(kind);
    }
    kind_of_name(name, issuer)
}

fn kind_of_name(name: &str, issuer: Option<&str>) -> Option<Kind> {
    let mut name = name;
    while let Some(open) = name.ends_with(['）', ')']).then(|| name.rfind(['（', '('])).flatten().filter(|o| *o > 0) {
        name = name.get(..open)?;
    }
    let ends = |words: &[&str]| words.iter().any(|w| name.ends_with(w));
    if ends(&["意见"]) {
        return Some(Kind::Opinion);
    }
    if ends(&["通知", "公告", "通告"]) {
        return Some(Kind::Notice);
    }
    if ends(&["报告"]) {
        return Some(Kind::Report);
    }
    if issuer.is_some_and(|i| i.contains("最高人民")) {
        return Some(Kind::Interpretation);
    }
    if ends(&["决定", "决议"]) {
        return Some(Kind::Decision);
    }
    if ends(&["方案", "规划", "计划", "纲要", "行动", "要点", "措施", "清单"]) {
        return Some(Kind::Plan);
    }
    if ends(&["解释"]) {
        return Some(Kind::Interpretation);
    }
    if ends(&["条例", "规定", "办法", "规则", "细则", "规范", "规程", "章程", "准则", "制度", "守则"])
    {
        return Some(Kind::Regulation);
    }
    let last_is_law = name.ends_with(['法', '典']) && name.chars().rev().nth(1).is_some_and(is_han);
    (last_is_law || ends(&["宪法", "修正案", "组织法", "法典"])).then_some(Kind::Law)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_of_the_kind_it_carries() {
        assert_eq!(kind("怀仁市人民政府关于印发全面推进质量强市建设实施方案的通知", None), Some(Kind::Plan));
        assert_eq!(kind("关于做好安全生产工作的通知", None), Some(Kind::Notice));
        assert_eq!(kind("市人民政府关于实施质量强市战略的决定", None), Some(Kind::Decision));
        assert_eq!(kind("枣庄市人民政府关于加快建设质量强市的实施意见", None), Some(Kind::Opinion));
        assert_eq!(kind("浙江省实施《中华人民共和国老年人权益保障法》办法", None), Some(Kind::Regulation));
        assert_eq!(kind("中华人民共和国宪法修正案（2018年）", None), Some(Kind::Law));
        assert_eq!(
            kind("最高人民法院关于适用《中华人民共和国民法典》总则编若干问题的解释", Some("最高人民法院")),
            Some(Kind::Interpretation)
        );
    }
}
