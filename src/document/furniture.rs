//! Lines that belong to the web page or the printed page around a document, and lines that open it: what they look like.

use super::Span;
use super::chars::{Chars, is_han, is_space};
use super::lines::{SHORT, has_stop, is_page_number, is_title, visible};
use super::markers::{Form, marker};
use super::numerals::dates;

/// Words that only page furniture has, wherever the line stands.
const STRONG: &[&str] = &[
    "分享到",
    "Copyright",
    "copyright",
    "COPYRIGHT",
    "©",
    "版权所有",
    "公网安备",
    "ICP备",
    "管理后台",
    "字号：",
    "字号:",
    "【字体",
    "字体：",
    "字体:",
    "网站标识码",
];

/// Words that mean furniture in a short line at the top or the end of a page.
const WEAK: &[&str] = &[
    "当前位置",
    "打印本页",
    "关闭窗口",
    "浏览次数",
    "扫一扫",
    "返回顶部",
    "上一篇",
    "下一篇",
    "您的位置",
    "您所在的位置",
    "网站地图",
    "联系我们",
    "点击数",
    "阅读次数",
    "访问量",
    "二维码",
    "责任编辑",
    "技术支持",
    "无障碍",
    "相关解读",
    "相关链接",
    "相关文件",
    "文件下载",
    "附件下载",
    "打印",
    "收藏",
    "首页",
    "百度地图",
    "微信",
    "客户端",
    "信息公开",
    "通知公告",
];

/// Names of the fields of a page's index table.
const FIELDS: &[&str] = &[
    "来源",
    "信息来源",
    "文章来源",
    "稿源",
    "发布时间",
    "发布日期",
    "发布机构",
    "发布单位",
    "发文机关",
    "发文单位",
    "发文字号",
    "发文日期",
    "索引号",
    "文号",
    "文件编号",
    "主题分类",
    "主题词",
    "有效性",
    "成文日期",
    "生成日期",
    "废止日期",
    "生效日期",
    "公开方式",
    "公开类别",
    "公开日期",
    "名称",
    "标题",
    "关键词",
    "作者",
    "编辑",
    "时间",
    "日期",
    "体裁",
    "组配分类",
    "信息分类",
    "公文种类",
    "制发机关",
    "统一登记号",
    "公开形式",
    "抄送",
    "抄报",
    "印发日期",
    "责任编辑",
    "网站主办",
    "主办：",
    "承办：",
    "施行日期",
    "实施日期",
    "时效性",
    "服务对象",
];

/// Whether a name is that of a field of an index table.
pub(super) fn is_field(name: &str) -> bool {
    FIELDS.contains(&name)
}

/// A field of an index table (`文  号:咸政发〔2016〕2号`): its name and where its value stands.
fn field(t: &Chars, cell: Span) -> Option<(String, Span)> {
    let mut start = cell.start;
    while start < cell.end && matches!(t.at(start), '•' | '·' | '●' | ' ' | '\u{3000}' | '[' | '【') {
        start += 1;
    }
    let window = cell.end.min(start + 20);
    let colon = (start..window).find(|i| matches!(t.at(*i), '：' | ':'))?;
    let name = t.squeezed(Span { start, end: colon });
    let name = name.trim_matches(|c| matches!(c, ']' | '】'));
    FIELDS.contains(&name).then_some(())?;
    Some((name.to_owned(), t.trim(Span { start: colon + 1, end: cell.end })))
}

/// The fields of a line of an index table, which may hold several side by side.
pub(super) fn fields(t: &Chars, line: Span) -> Vec<(String, Span)> {
    let mut found = Vec::new();
    let mut start = line.start;
    let mut i = line.start;
    while i <= line.end && line.len() <= SHORT {
        let gap = t.at(i) == '\t' || (is_space(t.at(i)) && is_space(t.at(i + 1)));
        let next = t.skip_space(i, line.end);
        // 文  号 has wide gaps inside its name: a cell ends only where another field begins.
        if i == line.end || (gap && field(t, Span { start: next, end: line.end }).is_some()) {
            found.extend(field(t, Span { start, end: i }));
            start = next;
        }
        i = if gap { next.max(i + 1) } else { i + 1 };
    }
    found
}

/// Furniture that cannot be anything else, wherever it stands.
pub(super) fn is_strong(t: &Chars, line: Span) -> bool {
    if line.len() > SHORT || visible(t, line, 200) >= 200 {
        return false;
    }
    if is_page_number(t, line) {
        return true;
    }
    let text = t.string(line);
    marker(t, line.start, line.end).is_none() && STRONG.iter().any(|w| text.contains(w))
}

/// Furniture at the top or the end of a page.
pub(super) fn is_furniture(t: &Chars, line: Span) -> bool {
    if is_strong(t, line) {
        return true;
    }
    let size = visible(t, line, 150);
    let numbered = marker(t, line.start, line.end).is_some_and(|m| m.form != Form::Dash);
    if line.len() > SHORT || numbered {
        return false;
    }
    // The last lines of a printed document: whom it is copied to, who had it printed and when.
    if ["抄送：", "抄送:", "抄报：", "主送：", "主送:"].iter().any(|w| t.has(line.start, w)) {
        return true;
    }
    if size >= 150 || t.slice(line).contains(&'。') {
        return false;
    }
    if !fields(t, line).is_empty() {
        return true;
    }
    let text = t.squeezed(line);
    if text.starts_with("来源") && !has_stop(t, line) && size <= 40 {
        return true;
    }
    let dated = || !dates(t, line.start, line.end).is_empty();
    if text.ends_with("日印发") && dated() && size <= 60 {
        return true;
    }
    if text.contains("星期") && dated() && size <= 30 {
        return true;
    }
    // A menu, an English banner, a counter: nothing Chinese in it.
    if size <= 60 && !t.slice(line).iter().any(|c| is_han(*c)) {
        return true;
    }
    size <= 40 && !has_stop(t, line) && !is_title(t, line) && WEAK.iter().any(|w| text.contains(w))
}

/// Whether a line names who speaks, where and when: `——2025年1月14日在…会议上`, `省长　胡玉亭`.
pub(super) fn is_speaker(t: &Chars, line: Span) -> bool {
    if line.len() > SHORT {
        return false;
    }
    let text = t.squeezed(line);
    let size = text.chars().count();
    let dated = !dates(t, line.start, line.end).is_empty();
    if size <= 90 && dated && text.contains("会议上") {
        return true;
    }
    if size <= 90 && dated && text.contains("会议") && (text.ends_with("报告") || text.ends_with("讲话")) {
        return true;
    }
    const OFFICES: &[&str] = &[
        "省长",
        "市长",
        "主席",
        "州长",
        "盟长",
        "县长",
        "区长",
        "旗长",
        "院长",
        "检察长",
        "主任",
        "秘书长",
        "书记",
        "总理",
        "部长",
        "局长",
        "署长",
    ];
    size <= 24
        && !has_stop(t, line)
        && !text.contains('，')
        && !is_title(t, line)
        && OFFICES.iter().any(|o| text.contains(o))
}

/// Whether a line addresses its readers: `各县、市、区人民政府，市政府各部门：`, `各位代表：`.
pub(super) fn is_salutation(t: &Chars, line: Span) -> bool {
    if line.len() > SHORT || marker(t, line.start, line.end).is_some() {
        return false;
    }
    let text = t.squeezed(line);
    let size = text.chars().count();
    if size > 400 {
        return false;
    }
    if matches!(
        text.trim_end_matches(['：', ':', '！', '!', '，', ',']),
        "各位代表" | "各位委员" | "同志们" | "各位代表、同志们"
    ) {
        return true;
    }
    if !(text.ends_with('：') || text.ends_with(':')) || text.contains('。') || text.contains('；') {
        return false;
    }
    const READERS: &[&str] = &[
        "政府",
        "委员会",
        "党委",
        "市委",
        "局",
        "单位",
        "厅",
        "部门",
        "公司",
        "院",
        "办事处",
        "管委会",
        "工会",
        "企业",
        "学校",
        "中心",
    ];
    const NOT: &[&str] = &[
        "如下", "下列", "以下", "应当", "决定", "方面", "要求", "内容", "包括", "规定", "按照", "根据", "负责", "责任",
        "牵头",
    ];
    READERS.iter().any(|r| text.contains(r))
        && !NOT.iter().any(|n| text.contains(n))
        && (text.starts_with('各') || text.contains('、') || text.contains('，') || text.contains(',') || size <= 30)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(f: fn(&Chars, Span) -> bool, text: &str) -> bool {
        let t = Chars::new(text);
        f(&t, Span { start: 0, end: t.len() })
    }

    #[test]
    fn lines_of_a_web_page_are_furniture() {
        for text in [
            "2025年4月22日 星期二",
            "字号: 分享到:",
            "• 索 引 号:011336909/2016-00846",
            "来源   2018/11/28   0",
            "来源：吉林省政府网",
            "资讯平台-通知公告",
            "Copyright© 2017 泰安高新区企业服务信息平台 All Rights Reserved.    管理后台",
            "Baidu",
            "— 12 —",
        ] {
            assert!(is(is_furniture, text), "{text}");
        }
        for text in ["第三条　来源可查。", "加强信息公开。", "泰安市质量提升行动实施方案", "二、主要目标"]
        {
            assert!(!is(is_furniture, text), "{text}");
        }
    }

    #[test]
    fn salutations_and_speakers_are_told_from_lead_ins() {
        assert!(is(is_salutation, "各乡镇(街道)人民政府(办事处),怀仁经济技术开发区管委会,市直各有关单位:"));
        assert!(is(is_salutation, "各位代表！"));
        assert!(!is(is_salutation, "市人民政府有关部门履行下列职责："));
        assert!(
            is(is_speaker, "——2025年1月14日在吉林省第十四届人民代表大会第四次会议上") && is(is_speaker, "省长　胡玉亭")
        );
    }
}
