//! How strictly a text binds.

use serde::{Deserialize, Serialize};

use super::folded::{Folded, is_pause};
use crate::document::chars::is_word;

/// How strictly a clause binds. Words of policy alone (推进, 加强, 完善) have no strength.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// 不得, 禁止, 严禁.
    Forbidden,
    /// 应当, 必须, 须.
    Must,
    /// 可以, 有权.
    May,
    /// 鼓励, 支持, 引导, 倡导.
    Encouraged,
    /// 探索, 试点.
    Explored,
}

/// What must stand around a word for it to be a verb that binds.
#[derive(Clone, Copy)]
enum Where {
    /// Anywhere, but not before these words.
    Not(&'static [&'static str]),
    /// At the start of a stretch, after an adverb, after a subject or after another such verb.
    Verb(&'static [&'static str]),
    /// Before one of these words.
    Before(&'static [&'static str]),
}

/// The words of each strength. Of two that begin at a place the longest counts.
const WORDS: &[(&str, Strength, Where)] = &[
    ("应当", Strength::Must, Where::Not(&[])),
    ("必须", Strength::Must, Where::Not(&["的"])),
    ("务必", Strength::Must, Where::Not(&[])),
    // 不得超过 and its like are the comparator of a figure.
    ("不得", Strength::Forbidden, Where::Not(&["不", "已", "超过", "低于", "少于", "高于", "大于", "小于", "多于"])),
    ("不应当", Strength::Forbidden, Where::Not(&[])),
    ("不准", Strength::Forbidden, Where::Not(&["确"])),
    ("不允许", Strength::Forbidden, Where::Not(&["的"])),
    ("允许", Strength::May, Where::Verb(&["的", "误差", "偏差", "范围", "浓度", "值"])),
    (
        "禁止",
        Strength::Forbidden,
        Where::Not(&["性", "区", "的", "令", "标", "吸烟标", "吸烟区", "开发区", "或者限制", "、限制", "或限制"]),
    ),
    ("严禁", Strength::Forbidden, Where::Not(&[])),
    ("可以", Strength::May, Where::Not(&["说"])),
    ("有权", Strength::May, Where::Not(&["机", "部", "单", "的", "人", "处理", "属"])),
    (
        "可",
        Strength::May,
        Where::Before(&["处", "并处", "按", "给予", "予以", "根据", "依法", "由", "采取", "在", "向", "申请", "委托"]),
    ),
    ("鼓励", Strength::Encouraged, Where::Verb(&["类", "性", "政策", "机制", "措施", "、扶持政策"])),
    (
        "支持",
        Strength::Encouraged,
        Where::Verb(&["力度", "政策", "体系", "措施", "的", "机制", "平台", "下", "作用", "服务", "单位", "保障"]),
    ),
    ("引导", Strength::Encouraged, Where::Verb(&["基金", "作用", "员", "的", "机制", "力", "标识", "性", "资金"])),
    ("倡导", Strength::Encouraged, Where::Verb(&["者", "的"])),
    ("提倡", Strength::Encouraged, Where::Verb(&["的"])),
    ("探索", Strength::Explored, Where::Verb(&["者", "的", "精神"])),
    ("先行先试", Strength::Explored, Where::Not(&["的", "保障", "机制", "作用", "举措", "政策", "清单"])),
    (
        "须",
        Strength::Must,
        Where::Before(&[
            "经", "由", "在", "按", "报", "依", "持", "将", "具备", "具有", "符合", "取得", "向", "遵", "提供", "提前",
            "有", "是",
        ]),
    ),
    ("需", Strength::Must, Where::Before(&["经", "由", "报"])),
    (
        "应",
        Strength::Must,
        Where::Before(&[
            "按", "依", "在", "由", "与", "为", "将", "符合", "具备", "包括", "提供", "于", "加强", "建立", "遵",
            "及时", "向", "自", "根据", "有", "低于", "设", "定期", "采取", "明确", "结合", "切实", "以", "严格",
            "立足", "认真", "积极", "主动", "认定", "视为", "予以", "给予", "依法", "报", "制定", "组织", "公布",
            "告知", "说明", "退还", "承担", "履行", "立即", "提前", "优先", "负责", "会同", "把", "参照", "做到",
            "做好", "坚持", "纳入", "出示",
        ]),
    ),
    (
        "要",
        Strength::Must,
        Where::Verb(&[
            "求", "素", "点", "件", "害", "闻", "务", "么", "约", "道", "职", "是", "的", "领", "紧", "地", "塞", "目",
            "想", "说", "么是", "好看", "诉",
        ]),
    ),
];

/// Characters that end a subject; a verb may follow them.
const SUBJECT_ENDS: &str =
    "府门关构会局委办厅院部署社校站队心司团处室所库区县市镇乡街位党联业企学员者人家省州织体国法行方组主户工本级地众生";

/// Words between a subject and a verb, or before a verb at the start of a stretch.
pub(super) const ADVERBS: &[&str] = &[
    "积极",
    "大力",
    "重点",
    "继续",
    "优先",
    "进一步",
    "坚决",
    "依法",
    "充分",
    "着力",
    "主动",
    "持续",
    "全力",
    "有序",
    "稳妥",
    "合理",
    "正确",
    "加强",
    "科学",
    "均",
    "都",
    "也",
    "同时",
    "还",
    "并",
    "率先",
    "深入",
    "先行",
];

/// A word that binds and its folded place.
pub(super) struct Bound {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) strength: Strength,
}

/// The words that say how strictly a text binds, in order. Conditions (应当备案而未备案的，…) do not bind.
pub(super) fn obligations(t: &Folded) -> Vec<Bound> {
    let mut found: Vec<Bound> = Vec::new();
    let mut i = 0;
    while i < t.len() {
        let word = WORDS
            .iter()
            .filter(|(w, _, place)| t.has(i, w) && stands(t, i, i + w.chars().count(), *place))
            .max_by_key(|(w, ..)| w.len());
        match word {
            Some((w, strength, _)) if !condition(t, i) && !t.named(i) && !mentioned(t, i, w, &found) => {
                let end = i + w.chars().count();
                found.push(Bound { start: i, end, strength: *strength });
                i = end;
            }
            Some((w, ..)) => i += w.chars().count(),
            None => i += trial(t, i, &mut found),
        }
    }
    found
}

/// Whether a word that would bind is only spoken of: 应当做好禁止燃放的宣传, 国家禁止的物品; or stands in a case:
/// 应当立案而不予立案, 规定可以免除的除外; or tells a part of a duty: 应当投放车辆，并引导用户停放.
fn mentioned(t: &Folded, i: usize, word: &str, found: &[Bound]) -> bool {
    const BEFORE: &[&str] = &["其他", "规定", "明令", "做好", "划定", "确定", "公布", "设置", "建立", "关于", "未"];
    let rest = t.string(i, t.segment_end(i));
    let rest = ["而不得", "而不是", "而不应"].iter().fold(rest, |rest, word| rest.replace(word, ""));
    let failed = ["应当", "必须", "应"].contains(&word) && (rest.contains("而不") || rest.contains("而未"));
    if failed || rest.ends_with("除外") && !rest.contains('但') {
        return true;
    }
    let duty = |bound: &Bound| bound.strength == Strength::Must && bound.start >= t.sentence_start(i);
    let verb = i - t.any_before(i, ADVERBS).filter(|_| t.text.before(i) != '并').unwrap_or(0);
    if t.text.before(verb) == '并'
        && ["鼓励", "支持", "引导", "倡导", "提倡", "探索", "允许"].contains(&word)
        && found.last().is_some_and(duty)
    {
        return true;
    }
    if word != "禁止" {
        return false;
    }
    let segment = t.segment_start(i);
    let subject = t.any_before(i, &["国家", "本市", "本省"]).is_some_and(|n| i - n > segment);
    subject || t.any_before(i, BEFORE).is_some() || found.last().is_some_and(|bound| bound.start >= segment)
}

/// 试点 is explored where something is done by it: 开展…试点.
fn trial(t: &Folded, i: usize, found: &mut Vec<Bound>) -> usize {
    if t.has(i, "试点")
        && t.any(i + 2, &["示范", "城市", "单位", "企业", "地区", "省", "区", "经验", "项目", "名单"]).is_none()
    {
        let segment = t.string(t.segment_start(i), i);
        if ["开展", "推进", "推行", "实施", "进行", "组织", "启动"].iter().any(|w| segment.contains(w)) {
            found.push(Bound { start: i, end: i + 2, strength: Strength::Explored });
            return 2;
        }
    }
    1
}

fn stands(t: &Folded, start: usize, end: usize, place: Where) -> bool {
    let before = t.text.before(start);
    match place {
        Where::Not(after) => {
            t.any(end, after).is_none()
                && !(t.has(start, "禁止") && matches!(before, '在' | '的' | '被' | '非' | '括'))
                // 所有权, 享有权利
                && !(t.has(start, "有权") && matches!(before, '所' | '享' | '拥'))
                // 依法必须进行招标的项目
                && !(t.has(start, "必须") && t.has_before(start, "依法"))
        }
        Where::Before(after) => {
            // 应承担的责任 tells of a duty that stands elsewhere.
            let follows =
                t.any(end, after).is_some_and(|n| t.at(end + n) != '的') && t.any(end, &["报尽", "负责任"]).is_none();
            follows
                && !(t.has(start, "应") && "相对供反响适效答回感呼照理因顺一不".contains(before))
                && !(t.has(start, "可") && "许认不许即方尚还亦".contains(before))
                && !(t.has(start, "须") && "必无不胡毋".contains(before))
                && !(t.has(start, "需")
                    && ("必无不所急供特亟按对如若".contains(before) || t.has(end, "经费") || !consented(t, start)))
        }
        Where::Verb(after) => {
            if t.any(end, after).is_some() || !is_word(t.at(end)) && !matches!(t.at(end), '、' | '"' | '“') {
                return false;
            }
            if t.has(start, "要") {
                return "府门关位区县市级构会委局办地乡镇街者人员业".contains(before) && before != '\0'
                    || t.has_before(start, "都")
                    || start == 0
                    || before == '。';
            }
            let adverb = (0..2).fold(start, |at, _| at - t.any_before(at, ADVERBS).unwrap_or(0));
            let at = t.text.before(adverb);
            let chained = matches!(at, '、' | '和')
                && t.any_before(adverb - 1, &["鼓励", "支持", "引导", "倡导", "提倡", "探索", "推动", "允许"])
                    .is_some();
            // 鼓励支持, 引导支持
            let doubled = t.any_before(adverb, &["鼓励", "支持", "引导", "倡导"]).is_some();
            let subject = match t.has(start, "允许") {
                // 展销会的举办者允许无证经营者进入 is an offence; a State allows.
                true => {
                    t.any_before(adverb, &["国家", "本省", "本市", "人民政府"]).is_some() && subject_before(t, adverb)
                }
                false => SUBJECT_ENDS.contains(at) && !t.has_before(adverb, "工作") && subject_before(t, adverb),
            };
            adverb == 0
                || is_pause(at)
                || matches!(at, '"' | '”' | ')' | '.' | '—') && !t.has(start, "允许")
                || chained
                || doubled
                || subject
        }
    }
}

/// Whether the stretch that `i` stands in ends in somebody's consent: 需报经原审批机关批准.
fn consented(t: &Folded, i: usize) -> bool {
    t.any_before(t.segment_end(i), &["批准", "同意", "审批", "审核", "备案", "通过"]).is_some()
}

/// Whether what stands before `i` in its stretch is a short subject and nothing else.
fn subject_before(t: &Folded, i: usize) -> bool {
    let start = t.segment_start(i);
    let text = t.string(start, i);
    i - start <= 30
        && ![
            "出台", "制定", "印发", "提供", "给予", "加大", "加强", "通过", "对", "建立", "完善", "强化", "得到",
            "应当", "可以", "开展", "推动", "发挥", "实施", "为", "以", "用",
        ]
        .iter()
        .any(|w| text.contains(w))
}

/// Whether the stretch that `i` stands in is a condition: …的，
fn condition(t: &Folded, i: usize) -> bool {
    let end = t.segment_end(i);
    let closes = matches!(t.at(end), ',' | ';' | '。' | ':' | '\0');
    closes
        && t.text.before(end) == '的'
        && !t.has_before(end, "目的")
        && !t.string(t.segment_start(i), i).contains("按照")
}
