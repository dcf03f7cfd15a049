//! What a reader of a page sees, and which elements stand around the document: hidden elements, menus, bars.

use super::tree::{Id, Tree};

/// Elements whose content is no text of the page.
const SILENT: &[&str] = &[
    "head", "script", "style", "noscript", "template", "iframe", "object", "embed", "applet", "svg", "math", "canvas",
    "audio", "video", "select", "datalist", "button", "input", "textarea", "map", "rt", "rp",
];

/// Whether an element and what is in it cannot be seen.
pub(super) fn is_hidden(tree: &Tree, id: Id) -> bool {
    let name = tree.name(id);
    if name.is_empty() {
        return false;
    }
    if SILENT.contains(&name) || tree.attribute(id, "hidden").is_some() {
        return true;
    }
    let Some(style) = tree.attribute(id, "style") else { return false };
    let style: String =
        style.chars().take(2000).filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    style.contains("display:none") || style.contains("visibility:hidden")
}

/// Words in classes and ids of elements around a document. Words of five letters and more may go on: `sharebox`.
const WORDS: &[&str] = &[
    "nav",
    "navbar",
    "navigation",
    "navi",
    "menu",
    "topmenu",
    "breadcrumb",
    "crumb",
    "crumbs",
    "location",
    "curpos",
    "position",
    "dqwz",
    "weizhi",
    "share",
    "bdshare",
    "bshare",
    "jiathis",
    "print",
    "printer",
    "dayin",
    "fontsize",
    "ziti",
    "zihao",
    "foot",
    "footer",
    "copyright",
    "banquan",
    "sidebar",
    "aside",
    "related",
    "relate",
    "xgwd",
    "xgjd",
    "xglj",
    "xgwj",
    "recommend",
    "qrcode",
    "ewm",
    "erweima",
    "login",
    "search",
    "sousuo",
    "toolbar",
    "prevnext",
    "prenext",
    "pagination",
    "comment",
    "pinglun",
    "friendlink",
    "yqlj",
    "hotnews",
    "gotop",
    "backtop",
    "jiucuo",
];

/// Whether an element says of itself that it stands around the document.
pub(super) fn is_chrome(tree: &Tree, id: Id) -> bool {
    let name = tree.name(id);
    if matches!(name, "nav" | "footer" | "aside") {
        return true;
    }
    if name.is_empty() || matches!(name, "html" | "body") {
        return false;
    }
    if matches!(tree.attribute(id, "role"), Some("navigation" | "contentinfo" | "search" | "banner" | "complementary"))
    {
        return true;
    }
    ["class", "id"].into_iter().filter_map(|kind| tree.attribute(id, kind)).any(|value| {
        let value: String = value.chars().take(200).collect::<String>().to_ascii_lowercase();
        value
            .split(|c: char| !c.is_ascii_alphabetic())
            .any(|word| WORDS.iter().any(|w| word == *w || (w.len() >= 5 && word.starts_with(w))))
    })
}

/// Whether an element stands on lines of its own.
pub(super) fn is_block(tree: &Tree, id: Id) -> bool {
    const BLOCKS: &[&str] = &[
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ];
    BLOCKS.contains(&tree.name(id))
        || tree.attribute(id, "style").is_some_and(|style| style.replace(' ', "").contains("display:block"))
}

/// Words of the bars that pages have: print, close, font size, share. Longer words before those that they begin with.
const BAR: &[&str] = &[
    "扫一扫在手机打开当前页",
    "扫一扫手机打开当前页",
    "扫一扫在手机上查看",
    "扫描二维码",
    "手机打开当前页",
    "打印本页",
    "打印此页",
    "关闭窗口",
    "关闭本页",
    "关闭此页",
    "我要打印",
    "我要纠错",
    "我要收藏",
    "返回顶部",
    "回到顶部",
    "新浪微博",
    "腾讯微博",
    "QQ空间",
    "QQ好友",
    "人人网",
    "微信好友",
    "朋友圈",
    "复制链接",
    "语音播报",
    "语音朗读",
    "分享到",
    "分享",
    "收藏本页",
    "收藏",
    "字体大小",
    "字体",
    "字号",
    "放大",
    "缩小",
    "默认",
    "打印",
    "关闭",
    "微信",
    "微博",
    "QQ",
    "豆瓣",
    "扫一扫",
    "二维码",
    "纠错",
    "返回",
    "顶部",
    "无障碍",
    "简体",
    "繁体",
    "保存",
    "朗读",
    "大",
    "中",
    "小",
    "【",
    "】",
    "视力保护色",
    "文字大小",
    "特大",
    "标准",
    "正常",
    "显示",
    "浏览次数",
    "浏览",
    "次",
];

/// Words of which a bar has one at least.
const BAR_CORE: &[&str] = &[
    "打印",
    "关闭",
    "分享",
    "收藏",
    "字体",
    "字号",
    "放大",
    "缩小",
    "大中小",
    "扫一扫",
    "二维码",
    "返回",
    "纠错",
    "微信",
    "微博",
    "语音",
    "朗读",
];

/// Whether a line is a bar of the page, a path to it, or a way to the next one, and nothing else.
pub(super) fn is_bar(line: &str) -> bool {
    let text: String = line.chars().take(200).filter(|c| c.is_alphanumeric()).collect();
    let size = text.chars().count();
    if size == 0 || size >= 120 {
        return false;
    }
    const PATHS: &[&str] = &[
        "当前位置",
        "您的位置",
        "你的位置",
        "您当前的位置",
        "您现在的位置",
        "您所在的位置",
        "您当前所在位置",
        "所在位置",
        "上一篇",
        "下一篇",
        "上一条",
        "下一条",
    ];
    if PATHS.iter().any(|path| text.starts_with(path)) && !line.contains('。') {
        return true;
    }
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let Some(word) = BAR.iter().find(|word| rest.starts_with(**word)) else {
            // A counter: 浏览次数：12.
            match rest.strip_prefix(|c: char| c.is_ascii_digit()) {
                Some(after) => rest = after,
                None => return false,
            }
            continue;
        };
        rest = rest.get(word.len()..).unwrap_or("");
    }
    BAR_CORE.iter().any(|word| text.contains(word))
}

/// Whether a line stands above links to other pages.
pub(super) fn is_related(line: &str) -> bool {
    let text: String = line.chars().take(40).filter(|c| c.is_alphanumeric()).collect();
    matches!(
        text.as_str(),
        "相关链接"
            | "相关解读"
            | "相关文档"
            | "相关文件"
            | "相关阅读"
            | "相关新闻"
            | "相关信息"
            | "相关政策"
            | "相关内容"
            | "相关文章"
            | "推荐阅读"
            | "热点推荐"
            | "图解"
            | "政策解读"
            | "解读材料"
            | "延伸阅读"
            | "关联稿件"
            | "友情链接"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_and_paths_of_a_page_are_told_from_its_text() {
        for line in [
            "【字体：大 中 小】",
            "打印 关闭",
            "分享到：微信 新浪微博 QQ空间",
            "当前位置：首页 > 政务公开 > 政策文件",
            "下一篇：关于做好2016年质量工作的通知",
            "【打印本页】 【关闭窗口】",
            "扫一扫在手机打开当前页",
        ] {
            assert!(is_bar(line), "{line}");
        }
        for line in ["大中小企业应当建立质量档案。", "打印机质量监督抽查实施细则", "2016", "（中）", "二、关闭落后产能"]
        {
            assert!(!is_bar(line), "{line}");
        }
    }
}
