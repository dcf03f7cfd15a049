//! To whom or where a measure applies.

use super::folded::{Folded, is_pause};

/// Words that limit or widen a measure, by what they are about. A word that stands inside a longer one of the table
/// (企业 of 中小企业) is not looked at on its own.
const WORDS: &[(&str, &[&str])] = &[
    (
        "area",
        &[
            "全国",
            "全省",
            "全市",
            "全县",
            "全区",
            "全域",
            "全旗",
            "全州",
            "全自治区",
            "城市建成区",
            "建成区",
            "中心城区",
            "主城区",
            "城区",
            "城市规划区",
            "城镇",
            "农村",
            "乡村",
            "城乡",
            "城乡结合部",
            "城乡接合部",
            "重点管理区",
            "一般管理区",
            "严格管理区",
            "限养区",
            "禁养区",
            "重点区域",
            "重点地区",
            "禁止区域",
            "控制区",
            "保护区",
            "核心区",
            "缓冲区",
            "重点保护区",
            "一般保护区",
            "公共场所",
            "住宅小区",
            "居民小区",
            "园区",
            "开发区",
            "工业园区",
            "贫困地区",
            "边远地区",
            "革命老区",
            "民族地区",
            "边境地区",
            "产业园区",
        ],
    ),
    (
        "enterprise",
        &[
            "规模以上工业企业",
            "规模以上",
            "规上",
            "规模以下",
            "限额以上",
            "中小企业",
            "中小微企业",
            "小微企业",
            "小型微型企业",
            "大中型企业",
            "大中小企业",
            "大型企业",
            "龙头企业",
            "骨干企业",
            "民营企业",
            "国有企业",
            "外资企业",
            "外商投资企业",
            "重点企业",
            "个体工商户",
            "科技型中小企业",
            "高新技术企业",
            "专精特新",
            "领军企业",
            "上市公司",
            "中央企业",
            "生产企业",
            "农业龙头企业",
        ],
    ),
    (
        "people",
        &[
            "未成年人",
            "未成年",
            "老年人",
            "残疾人",
            "妇女",
            "儿童",
            "农民工",
            "高校毕业生",
            "退役军人",
            "退役士兵",
            "困难群众",
            "低收入人口",
            "残疾儿童",
            "七十周岁以上",
            "失能老年人",
            "军人",
            "学生",
            "中小学生",
            "外来务工人员",
            "常住人口",
            "流动人口",
            "户籍人口",
            "孤儿",
            "盲人",
        ],
    ),
    (
        "extent",
        &[
            "全部",
            "所有",
            "部分",
            "一律",
            "有条件的",
            "具备条件的",
            "符合条件的",
            "重点领域",
            "重点行业",
            "重点产品",
            "重点工程",
            "主要产品",
            "政府投资",
            "政府财政投资",
            "国有资金",
            "非政府投资",
        ],
    ),
];

/// A word of scope and its folded place.
pub(super) struct Scoped {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) about: &'static str,
    pub(super) word: &'static str,
}

/// The words of scope in order; they do not overlap.
pub(super) fn scopes(t: &Folded) -> Vec<Scoped> {
    let mut found = Vec::new();
    let mut i = 0;
    while i < t.len() {
        let longest = WORDS
            .iter()
            .flat_map(|(about, words)| words.iter().map(move |w| (*about, *w)))
            .filter(|(_, word)| t.has(i, word) && !part_of_another(t, i, word) && !t.named(i))
            .max_by_key(|(_, word)| word.len());
        match longest {
            Some((about, word)) => {
                let end = i + word.chars().count();
                found.push(Scoped { start: i, end, about, word: usual(word) });
                i = end;
            }
            None => i += 1,
        }
    }
    found
}

/// The usual form of a word that is written in several ways.
fn usual(word: &'static str) -> &'static str {
    match word {
        "未成年" => "未成年人",
        "政府财政投资" => "政府投资",
        "重点地区" => "重点区域",
        _ => word,
    }
}

/// Words that only look like one of the table: 安全区域 holds 全区, 健全部门 holds 全部.
fn part_of_another(t: &Folded, i: usize, word: &str) -> bool {
    let before = t.text.before(i);
    let after = t.at(i + word.chars().count());
    match word {
        "全区" => matches!(before, '安' | '健' | '完' | '周') || after == '域',
        "农村" => t.has_before(i, "农业") || after == '路' || t.has_before(i, "最美") || t.has(i + 2, "工作"),
        // 县级以上人民政府投资主管部门 is an office.
        "政府投资" => after == '主',
        "城乡" => matches!(after, '规' | '建' | '总' | '水') || t.has_before(i, "住房") || t.has_before(i, "住房和"),
        "城镇" => matches!(after, '容' | '化' | '新' | '登' | '调'),
        "乡村" => matches!(after, '振' | '建' | '治'),
        "全市" | "全国" | "全省" | "全县" | "全州" => {
            // 占全国1/4 and 全国重点实验室 compare or name; they limit nothing.
            "安健完占居较于为列超".contains(before)
                || matches!(after, '场' | '第' | '首' | '前' | '领' | '平' | '排' | '最' | '同')
                || (word == "全国" && ("人一统重中百劳先文政性两".contains(after) || titled(t, i)))
        }
        "全部" => {
            matches!(before, '安' | '健' | '完')
                || matches!(after, '门' | '位' | '委')
                || t.any_before(i, &["部分或者", "部分或"]).is_some()
                || t.any(i + 2, &["或者部分", "或部分"]).is_some()
        }
        // 不具备条件的 is the other case.
        "具备条件的" | "符合条件的" => before == '不',
        "妇女" => after == '联',
        // Before a mark 所有 is the verb: 归全体业主所有。
        "所有" => {
            matches!(after, '权' | '者' | '人' | '制' | '的' | '或' | '和' | '土') || ends(after) || before == '有'
        }
        "全域" | "全旗" => before == '安',
        // 共有部分, 超出部分 name a part; before a mark it limits nothing that is told.
        "部分" => {
            "全成大有用余出过的该足额一各".contains(before)
                || ends(after)
                || t.any(i + 2, &["或者全部", "或全部"]).is_some()
                || t.any_before(i, &["全部或者", "全部或"]).is_some()
        }
        // 旧城区改造, 历史城区 name what is done and what is protected.
        "城区" => matches!(before, '京' | '东' | '西' | '好' | '旧' | '史'),
        // 准保护区 is a zone of its own.
        "控制区" | "保护区" | "核心区" => after == '域' || before == '准',
        "军人" => matches!(before, '退' | '领') || t.has_before(i, "退役") || after == '事',
        "儿童" | "学生" => matches!(before, '少' | '大' | '招') || t.has(i + 2, "安全座椅"),
        _ => false,
    }
}

/// Whether a name begins there: 全国少数民族传统体育运动会, 第三次全国土壤普查.
fn titled(t: &Folded, i: usize) -> bool {
    const NAMES: &[&str] = &["运动会", "普查", "案例", "清单", "示范", "百强", "大赛", "试点", "平台", "系统"];
    let end = t.segment_end(i).min(i + 20);
    (i..end).take_while(|k| t.at(*k) != '、').any(|k| t.any(k, NAMES).is_some())
}

/// Whether a stretch, or a part of it, ends there.
fn ends(c: char) -> bool {
    c == '\0' || c == '、' || c == ')' || is_pause(c)
}
