//! Who must act.

use super::duties::{ADVERBS, Bound, Strength};
use super::folded::{Folded, is_pause};
use crate::document::chars::is_word;

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
