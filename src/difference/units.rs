//! What is counted: units of figures, and what money is given or taken for each of.

use super::deadlines::time_unit;
use super::figures::Spotted;
use super::folded::Folded;

/// Units, as written, as told, how many of those. Where one begins with another the longest counts.
const UNITS: &[(&str, &str, f64)] = &[
    ("%", "%", 1.0),
    ("‰", "%", 0.1),
    ("个百分点", "百分点", 1.0),
    ("百分点", "百分点", 1.0),
    ("倍", "倍", 1.0),
    ("成", "%", 10.0),
    ("元人民币", "元", 1.0),
    ("元", "元", 1.0),
    ("美元", "美元", 1.0),
    ("欧元", "欧元", 1.0),
    ("港元", "港元", 1.0),
    ("平方公里", "平方米", 1e6),
    ("平方千米", "平方米", 1e6),
    ("平方米", "平方米", 1.0),
    ("公顷", "平方米", 1e4),
    ("亩", "亩", 1.0),
    ("亩次", "亩次", 1.0),
    ("立方米", "立方米", 1.0),
    ("立方", "立方米", 1.0),
    ("方", "立方米", 1.0),
    ("公里", "米", 1e3),
    ("千米", "米", 1e3),
    ("米", "米", 1.0),
    ("厘米", "米", 0.01),
    ("毫米", "米", 0.001),
    ("海里", "海里", 1.0),
    ("吨标准煤", "吨标准煤", 1.0),
    ("吨", "吨", 1.0),
    ("公斤", "公斤", 1.0),
    ("千克", "公斤", 1.0),
    ("斤", "公斤", 0.5),
    ("克", "克", 1.0),
    ("毫克", "毫克", 1.0),
    ("微克", "微克", 1.0),
    ("微克/立方米", "微克/立方米", 1.0),
    ("升", "升", 1.0),
    ("毫升", "毫升", 1.0),
    ("千瓦时", "千瓦时", 1.0),
    ("千瓦", "千瓦", 1.0),
    ("兆瓦", "千瓦", 1e3),
    ("分贝", "分贝", 1.0),
    ("摄氏度", "摄氏度", 1.0),
    ("℃", "摄氏度", 1.0),
    ("GW", "千瓦", 1e6),
    ("MW", "千瓦", 1e3),
    ("km", "米", 1e3),
    ("kg", "公斤", 1.0),
    ("P", "P", 1.0),
    ("吨位", "吨", 1.0),
    ("度", "度", 1.0),
    ("周岁", "岁", 1.0),
    ("岁", "岁", 1.0),
    ("个", "个", 1.0),
    ("家", "家", 1.0),
    ("家次", "家次", 1.0),
    ("户", "户", 1.0),
    ("户次", "户次", 1.0),
    ("户企业", "户", 1.0),
    ("人", "人", 1.0),
    ("名", "名", 1.0),
    ("位", "位", 1.0),
    ("人次", "人次", 1.0),
    ("人天", "人天", 1.0),
    ("项", "项", 1.0),
    ("项次", "项次", 1.0),
    ("件", "件", 1.0),
    ("件次", "件次", 1.0),
    ("所", "所", 1.0),
    ("座", "座", 1.0),
    ("处", "处", 1.0),
    ("部", "部", 1.0),
    ("场", "场", 1.0),
    ("场次", "场次", 1.0),
    ("次", "次", 1.0),
    ("架次", "架次", 1.0),
    ("种", "种", 1.0),
    ("类", "类", 1.0),
    ("套", "套", 1.0),
    ("张", "张", 1.0),
    ("台", "台", 1.0),
    ("台套", "台", 1.0),
    ("台(套)", "台", 1.0),
    ("辆", "辆", 1.0),
    ("列", "列", 1.0),
    ("对", "对", 1.0),
    ("只", "只", 1.0),
    ("支", "支", 1.0),
    ("宗", "宗", 1.0),
    ("艘", "艘", 1.0),
    ("枚", "枚", 1.0),
    ("块", "块", 1.0),
    ("份", "份", 1.0),
    ("条", "条", 1.0),
    ("批", "批", 1.0),
    ("批次", "批次", 1.0),
    ("间", "间", 1.0),
    ("栋", "栋", 1.0),
    ("幢", "幢", 1.0),
    ("棵", "棵", 1.0),
    ("株", "株", 1.0),
    ("头", "头", 1.0),
    ("架", "架", 1.0),
    ("篇", "篇", 1.0),
    ("门", "门", 1.0),
    ("例", "例", 1.0),
    ("起", "起", 1.0),
    ("笔", "笔", 1.0),
    ("款", "款", 1.0),
    ("标箱", "标箱", 1.0),
    ("床", "床", 1.0),
    ("分", "分", 1.0),
    ("层", "层", 1.0),
];

/// Units that count things: 50家 and 50户 are the same number of enterprises.
pub(super) const COUNTS: &[&str] =
    &["个", "家", "户", "所", "座", "处", "项", "件", "名", "人", "位", "种", "类", "只", "条"];

/// What may follow a unit and shows that it is none: 部 of 部门, 次 of 次性.
const NOT_UNITS: &[(&str, &str)] = &[
    ("部", "门委分件队署"),
    ("次", "性生序要"),
    ("位", "一于置列数"),
    ("家", "庭电具"),
    ("人", "民均才口工大力员民类们"),
    ("方", "式面案针向便位法言"),
    ("度", "假"),
    ("分", "之别类级层批步配布期为析散工钟"),
    ("处", "理置罚以于分罚长"),
    ("类", "似别型"),
    ("条", "第规和、至例"),
    ("成", "为立立果员品本效都"),
    ("头", "部"),
    ("起", "施来步草"),
    ("对", "一接应口外于"),
    ("门", "类"),
    ("层", "次级面"),
    ("P", "3P"),
    ("户", "籍口"),
    ("支", "持付出"),
    ("份", "额"),
    ("台", "湾"),
    ("场", "所"),
    ("点", ""),
    ("克", "服"),
    ("个", "体人性"),
    ("件", "套"),
    ("升", "级学"),
    ("款", "第规"),
    ("批", "准复"),
    ("张", "榜"),
    ("种", "植养业子"),
    ("项", "第规目规"),
    ("例", "如"),
    ("株", "洲"),
];

/// What money is given or taken for each of.
const EACHES: &[&str] = &[
    "处",
    "泊位",
    "个泊位",
    "车位",
    "个车位",
    "机动车位",
    "辆机动车",
    "辆次",
    "车次",
    "平方米",
    "立方米",
    "公里",
    "千米",
    "米",
    "亩",
    "公顷",
    "吨",
    "公斤",
    "千瓦时",
    "千瓦",
    "人",
    "名",
    "户",
    "家",
    "个",
    "台",
    "辆",
    "只",
    "头",
    "件",
    "套",
    "间",
    "株",
    "棵",
    "张",
    "艘",
    "次",
    "例",
    "人次",
    "日",
    "天",
    "月",
    "年",
    "学期",
    "学年",
    "人每年",
    "人每月",
    "户每年",
    "月每人",
    "年每户",
];
/// What may stand between 每户 and the amount.
const GIVEN: &[&str] = &[
    "",
    "处",
    "处以",
    "并处",
    "可处",
    "可以处",
    "罚款",
    "给予",
    "补助",
    "补贴",
    "奖励",
    "奖补",
    "资助",
    "发放",
    "收取",
    "给予补助",
    "给予奖励",
    "给予补贴",
    "一次性补助",
    "一次性奖励",
    "一次性给予",
    "按照",
    "按",
];

/// What a sum of money is for each of: 每平方米三百元, 每户给予补助一万元, 300元/平方米. Sums for each and sums in all do not
/// compare.
pub(super) fn each(t: &Folded, one: &Spotted) -> Option<&'static str> {
    const MONEY: &[&str] = &["元", "美元", "欧元", "港元"];
    if !MONEY.contains(&one.figure.unit.as_str()) {
        return None;
    }
    let longest =
        |at: &dyn Fn(&str) -> bool| EACHES.iter().filter(|word| at(word)).max_by_key(|word| word.len()).copied();
    let before = GIVEN.iter().filter(|word| t.has_before(one.start, word)).find_map(|word| {
        let end = one.start - word.chars().count();
        longest(&|each| {
            let start = end.checked_sub(each.chars().count() + 1);
            start.is_some_and(|start| t.at(start) == '每' && t.has_before(end, each))
        })
    });
    // 元/平方米; a fraction bar folds to itself, in half width.
    before.or_else(|| matches!(t.at(one.end), '/' | '每').then(|| longest(&|each| t.has(one.end + 1, each))).flatten())
}

/// The unit at `i`: as told, factor, length.
pub(super) fn unit(t: &Folded, i: usize) -> Option<(&'static str, f64, usize)> {
    if let Some((unit, factor, len)) = time_unit(t, i) {
        // Durations keep years, unlike deadlines.
        return Some(if factor == 12.0 { ("年", 1.0, len) } else { (unit, factor, len) });
    }
    let (word, told, factor) = UNITS.iter().filter(|(w, ..)| t.has(i, w)).max_by_key(|(w, ..)| w.len())?;
    let len = word.chars().count();
    let next = t.at(i + len);
    let refused = NOT_UNITS.iter().any(|(w, after)| w == word && after.contains(next) && next != '\0');
    let latin = word.is_ascii() && *word != "%" && next.is_ascii_alphanumeric();
    (!refused && !latin).then_some((*told, *factor, len))
}
