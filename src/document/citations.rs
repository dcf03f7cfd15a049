//! 第三条 that cites an article and does not begin one: 第三条规定的, 第五条第二款, and what an amendment says of an article
//! (第五条　修改为).

use super::chars::Chars;
use super::numerals;

/// Whether what follows 第…条 at `i` makes a citation of it: 第三条规定的, 第五条第二款, 第五条　修改为. After white space
/// (`named`) only what an amendment says of an article does.
pub(super) fn is_citation(t: &Chars, i: usize, named: bool) -> bool {
    let from = t.skip_space(i, i + 4);
    const AMENDS: &[&str] = &[
        "修改为",
        "修改成",
        "修改如下",
        "改为",
        "删去",
        "删除",
        "增加一款",
        "增加一项",
        "增加第",
        "调整为",
        "改作",
        "移至",
        "合并为",
        "作如下",
        "中的“",
        "中“",
    ];
    if AMENDS.iter().any(|w| t.has(from, w)) {
        return true;
    }
    // 第五条　第二款修改为.
    let part = (from + 1..from + 5).find(|k| matches!(t.at(*k), '款' | '项'));
    if t.at(from) == '第'
        && part.is_some_and(|k| (from + 1..k).all(|k| numerals::is_numeral(t.at(k)) || t.at(k) == '（'))
    {
        return true;
    }
    !named && cites(t.at(i))
}

/// Whether a character after 第…条 makes a citation of it.
pub(super) fn cites(c: char) -> bool {
    matches!(
        c,
        '第' | '规'
            | '所'
            | '的'
            | '、'
            | '和'
            | '至'
            | '或'
            | '，'
            | ','
            | '及'
            | '以'
            | '中'
            | '与'
            | '之'
            | '关'
            | '有'
            | '。'
            | '；'
    )
}
