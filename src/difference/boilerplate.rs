//! Formula clauses: what every document of its kind says.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::deadlines::deadlines;
use super::figures::figures;
use super::folded::Folded;
use crate::document::chars::is_word;

/// A formula that a clause consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Formula {
    /// 本条例自…起施行，…同时废止。
    Effective,
    /// 本办法由…负责解释。
    Interpretation,
    /// 本市行政区域内的…，适用本条例。
    Application,
    /// 为了…，根据…，制定本条例。
    Purpose,
    /// 法律、法规另有规定的，从其规定。
    OtherLaw,
    /// 现印发给你们，请认真贯彻执行。
    Printing,
    /// 加强组织领导，明确责任分工，抓好落实。
    Organisation,
    /// 玩忽职守、滥用职权、徇私舞弊的，依法给予处分；构成犯罪的，依法追究刑事责任。
    Liability,
}

/// What the whole clause must look like, half-width and without white space and the closing mark. `~` stands for the
/// document itself: 本条例, 本办法….
const WHOLE: &[(Formula, &str)] = &[
    (
        Formula::Effective,
        r"^~?(自|从)[^,;。]{1,30}(起施行|起实施|起执行|起生效|之日起试行)(,有效期[^。]{1,20})?([,;。].{0,120}(同时废止|同时停止执行|即行废止|停止执行|不再执行))?$",
    ),
    (Formula::Effective, r"^.{0,120}(《[^》]+》|号\)).{0,20}(同时废止|即行废止|予以废止)$"),
    (Formula::Effective, r"^~(有效期|自印发之日起).{0,30}$"),
    (Formula::Interpretation, r"^(~.{0,12})?由[^,;。]{2,30}负责(解释|解释工作)$"),
    (
        Formula::Interpretation,
        r"^~(的)?(具体应用|应用中的|执行中的|具体)?(问题|解释权?)(,)?(由|归)[^,;。]{2,30}(负责)?(解释|所有)?$",
    ),
    (
        Formula::Application,
        r"^(凡)?(在)?[^。;]{0,30}(行政区域|行政区域范围)(内)?[^。;]{0,120},?(均)?(应当)?(适用|遵守)~$",
    ),
    (Formula::Application, r"^~适用于[^。;]{0,20}行政区域(范围)?内?[^。;]{0,80}$"),
    (Formula::Purpose, r"^(为|为了)[^。;]{3,160}(根据|依据|依照|按照)[^。;]{3,160}(制定|特制定|修订)~$"),
    (Formula::Purpose, r"^(根据|依据|依照)[^。;]{3,160}(结合|为了?)[^。;]{2,120}(制定|特制定)~$"),
    (Formula::Purpose, r"^为(了)?[^。;]{3,160}((特)?制定~|(提出|制定)(如下|以下|本)[^,。;]{2,8})$"),
    (
        Formula::OtherLaw,
        r"^[^。;]{0,40}(法律|法规|国家|本法|规章|~)[^。;]{0,40}((另)?有[^,。;]{0,12}规定|另有规定|有规定)的?,?(从其规定|依照其规定|按照其规定|适用其规定|依照其规定执行|按照其规定执行|从其规定执行)$",
    ),
    (
        Formula::OtherLaw,
        r"^违反[^。;]{0,40}(法律|法规)[^。;]{0,20}(已有|另有|有)[^。;]{0,20}规定的,(从其规定|依照其规定[^。;]{0,10})$",
    ),
    (
        Formula::OtherLaw,
        r"^违反~(规定)?的(其他)?行为,[^。;]{0,10}(法律|法规)[^。;]{0,20}规定[^。;]{0,20}(从其规定|依照其规定|处罚)[^。;]{0,6}$",
    ),
    (
        Formula::OtherLaw,
        r"^~(未作|没有|未)(明确)?规定的,(依照|适用|按照)[^。;]{0,40}(法律|法规)[^。;]{0,20}(规定)?(执行)?$",
    ),
    (Formula::Printing, r"^.{0,120}(现印发给你们|现予印发|现予以印发|现印发你们|现转发给你们)(,.{0,50})?$"),
    (
        Formula::Printing,
        r"^([^。;]{0,30},)?(请|望)[^。;]{0,24}(认真|遵照|组织|抓好|切实)(贯彻|执行|落实|实施)(执行|落实|实施)?$",
    ),
    (
        Formula::Liability,
        r"^[^。;]{0,80}玩忽职守[、,][^。;]{0,60}(依法)?(给予|追究)[^。;]{0,40}(处分|责任)((;|,)(构成犯罪|涉嫌犯罪).{0,40}刑事责任)?$",
    ),
    (
        Formula::Liability,
        r"^(情节严重,?|违反~规定?,?)?(构成|涉嫌)犯罪的?,(由司法机关)?(依法|移送司法机关)[^。;]{0,20}(刑事责任|处理)$",
    ),
    (Formula::Liability, r"^(违反~规定,?)?构成违反治安管理行为的,[^。;]{0,50}(治安管理处罚|处罚)$"),
    (
        Formula::Liability,
        r"^(给他人)?造成[^。;]{0,20}(损失|损害)的,(应当)?依法承担(民事|赔偿|民事赔偿|相应的?)?(赔偿)?责任$",
    ),
    (
        Formula::Liability,
        r"^国家机关及其工作人员[^。;]{0,60}(不履行|未履行|未依法履行)[^。;]{0,40}依法(给予|追究)[^。;]{0,40}$",
    ),
];

/// Phrases that clauses on organisation are made of. A clause is this formula where little else stands in it.
const PHRASES: &[&str] = &[
    r"(切实|进一步)?(加强|强化|坚持)(对[^,、。;]{0,14}的)?(组织领导|组织保障|组织实施|统筹协调|组织协调|统筹指导|协调配合|协作配合|沟通协调|工作指导)",
    r"(各级|各地|各有关|各相关|相关|有关|各)[^,。;]{0,24}要(切实|进一步)?(高度重视|提高认识|统一思想|提高政治站位|加强领导|加强组织领导|高度重视[^,。;]{2,12}工作)",
    r"(要)?(切实)?(提高思想认识|提高政治站位|高度重视|统一思想认识)",
    r"(要)?(进一步)?(明确|细化|压实|落实|强化|靠实)(各自)?(工作)?(责任分工|职责分工|责任|任务分工|工作职责|工作责任|主体责任|工作措施|工作任务|目标任务)",
    r"(切实|认真)?(抓好|做好|确保)(各项)?(工作|任务|措施|政策)?(的)?(贯彻)?(落实|落地|落到实处|落地见效|组织实施)(工作)?",
    r"(精心|认真|周密)(组织|部署|谋划|安排)(实施|部署)?",
    r"(各司其职|密切配合|通力协作|通力合作|齐抓共管|形成合力|形成工作合力|协同配合|协同推进|上下联动|压茬推进)",
    r"(结合|根据)(本地|本地区|本部门|各自|自身|工作)?(区|区域)?(、本部门)?实际",
    r"(制定|研究制定)(本地区|具体|相应的?)?(实施方案|工作方案|工作计划|实施细则|配套措施|具体措施|落实措施)",
    r"(确保|保证)(各项)?(工作|任务|目标|政策|措施)[^,。;]{0,10}(顺利|有序|圆满|按时)?(完成|实现|开展|到位|见效|取得实效)",
    r"(按照|根据|依据)(职责|各自职责|任务|责任)(分工)?",
    r"(加强|强化)(督促|监督|跟踪)?(检查|督查|督导|考核|指导)(考核|检查|指导|问效)?",
    r"(切实)?(履行|担负起|承担起)(工作)?(职责|责任|主体责任)",
    r"(各级|各地|各有关|各相关|相关|有关|各)(人民)?(政府|部门|单位|县区|地区|县[、(]?市[、)]?区\)?)?(和(各|有关)?(部门|单位))?(及|、|和)?(各)?(有关|相关)?(部门|单位)(要)?",
    r"(建立健全|建立|健全|完善)(工作|领导|协调|推进|责任)(机制|体系|制度)",
    r"(层层|逐级)(压实|落实)责任",
    r"(一级抓一级|层层抓落实)",
    r"(推动|推进)(各项)?(工作|任务|措施|政策)(落实|落地|落地见效)",
];

static RULES: LazyLock<Vec<(Formula, Regex)>> = LazyLock::new(|| {
    const SELF: &str = "(本(条例|法|办法|规定|规则|细则|实施细则|意见|方案|决定|通知|规划|纲要|措施|实施办法|实施方案|实施意见|解释|准则|行动计划|行动方案|计划|制度|标准)|实施细则)";
    WHOLE.iter().filter_map(|(formula, rule)| Some((*formula, Regex::new(&rule.replace('~', SELF)).ok()?))).collect()
});

static ORGANISATION: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(&format!("(?:{})", PHRASES.join("|"))).ok());

/// Least share of a clause's words that phrases of organisation make up.
const ORGANISED: f64 = 0.8;

/// The formula that a clause consists of; `None` where it states anything of its own, such as a figure.
///
/// # Examples
/// ```
/// use clausewise::difference::{Formula, boilerplate};
/// assert_eq!(boilerplate("本条例自2020年5月1日起施行。"), Some(Formula::Effective));
/// assert_eq!(boilerplate("构成犯罪的，依法追究刑事责任。"), Some(Formula::Liability));
/// assert_eq!(boilerplate("各部门要高度重视，明确责任分工，抓好落实。"), Some(Formula::Organisation));
/// assert_eq!(boilerplate("加强组织领导，成立由市长任组长的领导小组，每年安排专项资金500万元。"), None);
/// ```
pub fn boilerplate(text: &str) -> Option<Formula> {
    let t = Folded::new(text);
    let whole = t.string(0, t.len());
    let whole = whole.trim_end_matches(['。', ';', '.', ',', '、']);
    if whole.chars().count() > 400 {
        return None;
    }
    let whole_formula = RULES.iter().find(|(_, rule)| rule.is_match(whole)).map(|(formula, _)| *formula);
    let formula = whole_formula.or_else(|| organised(whole).then_some(Formula::Organisation))?;
    // 由…制定，国家另有规定的从其规定 states who acts.
    let acts = formula == Formula::OtherLaw && ["应当", "不得", "可以", "由", "必须"].iter().any(|w| whole.contains(w));
    let figured = acts || formula != Formula::Effective && !figures(&t, &deadlines(&t)).is_empty();
    (!figured).then_some(formula)
}

/// Whether a clause is made of phrases of organisation and of little else.
fn organised(text: &str) -> bool {
    let words = |text: &str| text.chars().filter(|c| is_word(*c)).count();
    let all = words(text);
    ORGANISATION.as_ref().is_some_and(|phrases| {
        let said: usize = phrases.find_iter(text).map(|m| words(m.as_str())).sum();
        all > 0 && said as f64 >= ORGANISED * all as f64
    })
}

/// Least share of documents that have a near-identical clause, for one that no rule knows.
const COMMON: f64 = 0.3;

/// The same for a clause that reads like a formula.
const COMMON_FORMULA: f64 = 0.0;

/// Whether a clause is boilerplate, by its shape and by the share of documents in [0, 1] that have a near-identical
/// clause: a formula is, and so is what a large part of the documents say alike. A share that is no number counts as 0.
///
/// # Examples
/// ```
/// use clausewise::difference::is_boilerplate;
/// assert!(is_boilerplate("本条例自公布之日起施行。", 0.0));
/// assert!(!is_boilerplate("养犬人应当束犬链。", 0.1));
/// assert!(is_boilerplate("养犬人应当束犬链。", 0.5));
/// ```
pub fn is_boilerplate(text: &str, share_of_documents: f64) -> bool {
    let least = if boilerplate(text).is_some() { COMMON_FORMULA } else { COMMON };
    share_of_documents.max(0.0) >= least
}
