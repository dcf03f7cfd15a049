//! Who must act, and how strictly.

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
const ADVERBS: &[&str] = &[
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

/// Last words of those who can be told to act.
const ACTORS: &[&str] = &[
    "人民政府",
    "政府",
    "部门",
    "机关",
    "机构",
    "委员会",
    "常务委员会",
    "办公室",
    "办事处",
    "居民委员会",
    "村民委员会",
    "业主委员会",
    "业主大会",
    "组织",
    "团体",
    "协会",
    "商会",
    "联合会",
    "企业",
    "公司",
    "单位",
    "个人",
    "公民",
    "业主",
    "经营者",
    "生产者",
    "销售者",
    "使用人",
    "使用者",
    "所有人",
    "管理人",
    "负责人",
    "法定代表人",
    "养犬人",
    "饲养人",
    "申请人",
    "当事人",
    "投资者",
    "投标人",
    "招标人",
    "代理机构",
    "银行",
    "学校",
    "医院",
    "法院",
    "检察院",
    "银行业金融机构",
    "局",
    "厅",
    "委",
    "国家",
    "消费者",
    "旅游者",
    "旅行社",
    "导游",
    "驾驶人",
    "人员",
    "监护人",
    "承包人",
    "出租人",
    "承租人",
    "发包人",
    "建设单位",
    "施工单位",
    "物业服务人",
    "村（居）民委员会",
    "法院",
    "工会",
    "妇女联合会",
    "共产主义青年团",
    "主任",
    "代表",
    "委员",
    "中心",
    "工作站",
    "海关",
    "队",
    "总队",
    "支队",
    "本省",
    "本市",
    "本自治区",
    "直辖市",
    "职工",
    "劳动者",
    "用人单位",
    "经纪人",
    "供应商",
    "持有人",
    "权利人",
    "承运人",
    "托运人",
    "保险人",
    "被保险人",
    "债权人",
    "债务人",
    "发行人",
    "证人",
    "律师",
    "公证员",
    "教师",
    "家长",
    "志愿者",
    "网站",
    "平台",
    "主席团",
    "院",
    "院长",
    "法官",
    "检察官",
    "董事会",
    "监事会",
    "股东",
    "合伙人",
    "受让人",
    "纳税人",
    "扣缴义务人",
    "公安机关",
    "站",
    "所",
    "社",
    "医师",
    "药师",
    "厂",
    "店",
    "场所",
    "董事",
    "监事",
    "总监",
    "会议",
    "大会",
];

/// Words after 由 and its actor.
const ACTS: &[&str] = &[
    "责令", "负责", "给予", "处", "依", "按", "会同", "组织", "根据", "予以", "对", "没收", "吊销", "制定", "承担",
    "实施", "统一", "在", "责成", "取缔", "牵头", "批准", "决定", "监督", "代为", "处理", "向", "可以", "应当", "收回",
    "撤销", "审核", "印发", "通知", "列入", "授予", "审议", "提交", "编制", "确定", "协调", "指导", "另行", "规定",
    "审查", "主持", "公布", "通报", "提出", "报", "其", "建议", "分别",
];

/// Words that a subject does not begin with.
const NOT_SUBJECTS: &[&str] = &[
    "违反",
    "到",
    "对",
    "在",
    "因",
    "除",
    "经批",
    "经审",
    "经同",
    "按",
    "依",
    "根据",
    "为",
    "如",
    "有下列",
    "未按",
    "未经",
    "未依",
    "以",
    "凡",
    "通过",
    "向",
    "从",
    "自收",
    "自接",
    "自作",
    "自公",
    "当发",
    "不",
    "其中",
    "发现",
    "需要",
    "确需",
    "属于",
    "符合",
    "并",
    "且",
    "但",
    "或者",
    "及",
    "同时",
    "推动",
    "加强",
    "建立",
    "完善",
    "支持",
    "鼓励",
    "引导",
    "加快",
    "推进",
    "健全",
    "开展",
    "积极",
    "深入",
    "落实",
    "强化",
    "优化",
    "实施",
    "严格",
    "充分",
    "逐步",
    "努力",
    "帮助",
    "督促",
    "指导",
    "组织",
    "培育",
    "提高",
    "提升",
    "扩大",
    "确保",
    "保障",
    "收到",
    "接到",
    "应当",
    "可以",
    "必须",
    "不得",
    "禁止",
    "报市",
    "报省",
    "报县",
    "报区",
    "报上",
    "报本",
    "报同",
    "报国",
    "报经",
    "报有",
    "报人",
    "报设",
];

/// An actor and its folded place.
pub(super) struct Actor {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The name without the place in front of it, parts in one form of list.
    pub(super) name: String,
}

/// Those who must act: subjects before a word that binds, and the actors of 由…责令.
pub(super) fn actors(t: &Folded, bound: &[Bound]) -> Vec<Actor> {
    let mut found: Vec<Actor> = Vec::new();
    let add = |start: usize, end: usize, found: &mut Vec<Actor>| {
        let name = name(&t.string(start, end));
        // 该部门: who that is stands before it.
        if name.starts_with('该') {
            return;
        }
        if !found.iter().any(|a| a.start < end && start < a.end) {
            found.push(Actor { start, end, name });
        }
    };
    for one in bound.iter().filter(|b| b.strength != Strength::Explored) {
        let segment = t.segment_start(one.start);
        // 有关部门，应当…: the comma stands between the subject and the verb.
        let comma = segment == one.start && segment > 0 && t.text.before(segment) == ',';
        let found_at = if comma {
            let (before, comma) = (t.segment_start(segment - 1), segment - 1);
            subject(t, before, comma)
                .filter(|(start, end)| *start == before && (*end == comma || deals(t, *end, comma)))
        } else {
            subject(t, segment, one.start)
        };
        if let Some((start, end)) = found_at {
            add(start, end, &mut found);
        }
    }
    for i in 0..t.len() {
        // 由…责令; 由于 and 自由 are other words.
        if t.at(i) == '由'
            && !matches!(t.at(i + 1), '于' | '此' | '来')
            && !matches!(t.text.before(i), '自' | '事' | '理' | '缘')
        {
            // 由其所在单位: whose unit it is stands before it.
            let its = t.at(i + 1) == '其' && !matches!(t.at(i + 2), '他' | '它' | '中' | '余');
            let start = if its { i + 2 } else { i + 1 };
            let limit = t.segment_end(i).min(i + 50);
            let end = (start + 2..=limit)
                .take_while(|k| t.at(*k) != '由' || "自事理缘".contains(t.text.before(*k)))
                .find(|k| (*k == limit && limit < i + 14 || acted(t, *k)) && acts(t, start, *k));
            if let Some(end) = end {
                add(start, end, &mut found);
            }
        }
        // 公安机关负责…, at the start of a sentence
        if (i == 0 || is_pause(t.text.before(i))) && t.any(i, NOT_SUBJECTS).is_none() {
            let limit = t.segment_end(i).min(i + 40);
            let verbs = [
                "负责",
                "主管",
                "依法负责",
                "依照职责",
                "按照职责",
                "依据职责",
                "在各自职责",
                "按照规定的职责",
                "按照各自职责",
                "按照各自的职责",
                "依照各自职责",
                "根据职责",
            ];
            // 主管部门 is a name.
            let named = |k: usize| t.any(k, &["主管部门", "主管机关", "主管单位", "主管人员", "主管机构"]).is_some();
            let mut verb = (i + 3..limit).filter(|k| t.any(*k, &verbs).is_some() && !named(*k));
            if let Some((start, end)) = verb.find_map(|verb| subject(t, i, verb)) {
                add(start, end, &mut found);
            }
        }
    }
    found.sort_by_key(|a| a.start);
    found
}

/// Whether what stands between a subject and a comma behind which the verb follows is what it deals with, or when:
/// 省人民政府对未作规定的项目，可以制定标准; 主管部门收到投诉后，应当处理.
fn deals(t: &Folded, subject: usize, comma: usize) -> bool {
    let case = t.text.before(comma) == '的';
    match t.at(subject) {
        // 单位和个人对违法行为举报的，应当为其保密: another must.
        '对' if case && t.has(comma + 1, "应当") => "府门关构会局院处厅委队所站".contains(t.text.before(subject)),
        '对' => true,
        '收' | '接' | '在' | '自' | '发' => matches!(t.text.before(comma), '后' | '时' | '内' | '前' | '中'),
        _ => false,
    }
}

/// Whether it is told there what is done; 由市人民政府确定的部门 says who decides who is meant.
fn acted(t: &Folded, i: usize) -> bool {
    t.any(i, ACTS).is_some_and(|n| t.at(i + n) != '的')
}

/// Whether a range ends in an actor, or in one with another in parentheses: 镇人民政府（街道办事处）.
fn acts(t: &Folded, start: usize, end: usize) -> bool {
    const LONGEST: usize = 20;
    if t.text.before(end) == ')' {
        let open = (end.saturating_sub(LONGEST)..end).rev().find(|k| t.at(*k) == '(');
        return open.is_some_and(|open| open > start + 1 && acts(t, start, open));
    }
    // 物业所在地 and 登记所有权 hold no 所; 业主自治 is no 业主.
    let cut = t.text.before(end) == '所' && matches!(t.at(end), '在' | '有' | '属' | '需' | '得' | '以')
        || t.has_before(end, "业主") && t.has(end, "自治");
    end > start + 1 && !cut && t.any_before(end, ACTORS).is_some_and(|n| end - n >= start) && balanced(t, start, end)
}

fn balanced(t: &Folded, start: usize, end: usize) -> bool {
    let text = t.string(start, end);
    text.matches('(').count() == text.matches(')').count() && !text.contains(['《', '》', '“', '”', '"'])
}

/// The subject between the start of a stretch and a verb.
fn subject(t: &Folded, segment: usize, verb: usize) -> Option<(usize, usize)> {
    let mut start = segment;
    // A list mark: 一是, (一)
    if t.at(start) == '(' {
        start = (start..(start + 5).min(verb)).find(|k| t.at(*k) == ')').map_or(start, |k| k + 1);
    }
    // 因…的…, 未…的经营者: no subject that could be named shortly; 经…批准 and 在…后 are circumstances.
    let mut end = verb;
    for _ in 0..2 {
        end -= t.any_before(end, ADVERBS).unwrap_or(0);
    }
    // 公安机关在三十日内应当: the subject is what stands before the circumstance.
    if !acts(t, start, end) {
        // 自然资源 and 发展改革 are names.
        let named = |k: usize| {
            let names = [
                "自然",
                "自治",
                "自贸",
                "发展",
                "经济",
                "经营者",
                "经营管理",
                "经营单位",
                "经营企业",
                "经营主体",
                "经营机构",
                "收费站",
                "以上",
            ];
            t.any(k, &names).is_some()
        };
        let cut = (start + 2..end).find(|k| {
            "在自于对根依按因经为从向通每接收发以将负".contains(t.at(*k)) && !named(*k) && acts(t, start, *k)
        })?;
        end = cut;
    }
    let refused = t.any(start, NOT_SUBJECTS).is_some_and(|n| !t.has(start, "组织") || n > 2 || end == start + 2);
    (end - start <= 40 && !refused && !relative(t, start, end) && acts(t, start, end)).then_some((start, end))
}

/// Whether the range holds a verb with its object before 的: 依法取得许可的企业 is still a name, …的，单位 is none.
fn relative(t: &Folded, start: usize, end: usize) -> bool {
    let text = t.string(start, end);
    ["应当", "可以", "不得", "违反", "责令", "处以", "是指", "属于", "包括"].iter().any(|w| text.contains(w))
        || text.replace("自由", "").replace("理由", "").contains('由')
}

/// A name without the place in front of it, with one form of list.
fn name(text: &str) -> String {
    // 生产建设单位(以下称义务人)
    let text = match (text.find("(以下").or_else(|| text.find("(下同")), text.strip_suffix(')')) {
        (Some(at), Some(_)) => text.get(..at).unwrap_or(text),
        _ => text,
    };
    let mut name = text.replace("以及", "、").replace("或者", "、").replace(['和', '与', '及', '或'], "、");
    for filler in ["其他", "有关", "相关"] {
        if name.chars().count() > 4 {
            name = name.replace(filler, "");
        }
    }
    // 泰安市人民政府 -> 市人民政府
    let chars: Vec<char> = name.chars().collect();
    let place = (2..chars.len().min(6)).find(|k| matches!(chars[*k], '省' | '市' | '县' | '区' | '州'));
    if let Some(at) = place
        && chars.len() >= at + 3
        && !matches!(chars[at + 1], '级' | '、' | '(' | '内' | '域' | '属' | '场' | '政')
        // 风景名胜区, 保护区, 开发区 are no places.
        && !(chars[at] == '区' && "胜护发园景貌作验社小厂矿灌库林牧能务理范假税业".contains(chars[at - 1]))
        && !(chars[at] == '区' && chars[at - 1] == '新' && chars[at - 2] == '高')
        && chars[..at].iter().all(|c| is_word(*c) && !"各设本全有县市省区自治的级所在辖该相以上地乡镇".contains(*c))
    {
        return chars[at..].iter().collect();
    }
    name
}
