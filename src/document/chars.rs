//! The text as an array of characters, so that an index is a [`Span`] position and every look-up is bounded.
//!
//! Rules are written once, in simplified characters: what they look at is the text with the traditional forms of the
//! characters they name replaced one by one (條 by 条). Only [`Chars::string`] gives the text as written.

use std::sync::LazyLock;

use super::Span;

/// A text addressed by Unicode scalar value. Reading past the end gives `'\0'`, which no rule of the parser matches.
pub(crate) struct Chars {
    /// What rules look at.
    read: Vec<char>,
    /// The text as written, where that differs.
    written: Option<Vec<char>>,
}

/// Traditional characters and what rules know them by: all that occur in the words that rules name.
const TRADITIONAL: &str = "佈布來来係系們们備备內内兩两別别刪删則则劃划動动務务區区協协參参員员問问單单國国圖图團团\
    執执報报學学實实審审專专對对導导屆届庫库廢废廣广廳厅張张強强從从復复憲宪應应戶户揮挥撐撑擊击擔担據据數数於于時时\
    書书會会條条業业構构標标樣样機机檢检檔档欄栏權权氣气決决準准為为無无爲为爾尔牽牵產产産产當当發发監监碼码礎础礙碍\
    祕秘種种稱称節节範范紀纪約约級级細细組组結结統统經经綫线維维綱纲網网線线編编縣县總总織织繫系續续罰罚義义聯联聲声\
    職职脩修臺台與与華华處处號号術术補补製制複复覈核見见規规覽览訂订計计記记訪访詞词試试話话誌志說说説说講讲識识議议\
    讀读負负責责軍军載载輯辑轉转辦办過过適适鄉乡釋释銀银錄录録录鍵键鎮镇鏈链長长門门閉闭開开間间閱阅閲阅關关隊队際际\
    電电頁页頂顶項项須须頒颁領领頭头題题類类養养體体點点黨党後后";

/// For each character of the main block of Chinese characters its folded form, `'\0'` where it stays.
static FOLDED: LazyLock<Vec<char>> = LazyLock::new(|| {
    let mut table = vec!['\0'; HAN_END as usize - HAN_START as usize];
    let mut known = TRADITIONAL.chars();
    while let (Some(from), Some(to)) = (known.next(), known.next()) {
        if let Some(slot) = (from as usize).checked_sub(HAN_START as usize).and_then(|k| table.get_mut(k)) {
            *slot = to;
        }
    }
    table
});

const HAN_START: char = '\u{4e00}';
const HAN_END: char = '\u{a000}';

/// The character that rules know `c` by.
fn folded(c: char) -> char {
    match c {
        HAN_START..HAN_END => FOLDED.get(c as usize - HAN_START as usize).copied().filter(|f| *f != '\0').unwrap_or(c),
        _ => c,
    }
}

impl Chars {
    /// Spreads the text out.
    pub(crate) fn new(text: &str) -> Chars {
        let mut read: Vec<char> = text.chars().collect();
        let written = read.iter().any(|c| folded(*c) != *c).then(|| read.clone());
        if written.is_some() {
            read.iter_mut().for_each(|c| *c = folded(*c));
        }
        Chars { read, written }
    }

    /// Number of characters.
    pub(crate) fn len(&self) -> usize {
        self.read.len()
    }

    /// The character at `i`, `'\0'` past the end.
    pub(crate) fn at(&self, i: usize) -> char {
        self.read.get(i).copied().unwrap_or('\0')
    }

    /// The character before `i`, `'\0'` at the start.
    pub(crate) fn before(&self, i: usize) -> char {
        i.checked_sub(1).map_or('\0', |k| self.at(k))
    }

    /// The characters of a range, cut to the text.
    pub(crate) fn slice(&self, span: Span) -> &[char] {
        let end = span.end.min(self.read.len());
        self.read.get(span.start.min(end)..end).unwrap_or(&[])
    }

    /// The text of a range as written.
    pub(crate) fn string(&self, span: Span) -> String {
        let end = span.end.min(self.read.len());
        self.written.as_ref().unwrap_or(&self.read).get(span.start.min(end)..end).unwrap_or(&[]).iter().collect()
    }

    /// The text of a range in the characters of the rules, for rules that look for words.
    pub(crate) fn words_of(&self, span: Span) -> String {
        self.slice(span).iter().collect()
    }

    /// The text of a range with all white space dropped: what rules on short lines are written against.
    pub(crate) fn squeezed(&self, span: Span) -> String {
        self.slice(span).iter().filter(|c| !is_space(**c)).collect()
    }

    /// The range without white space at its ends; empty at its start when there is nothing else.
    pub(crate) fn trim(&self, span: Span) -> Span {
        let Span { mut start, mut end } = span;
        while start < end && is_space(self.at(start)) {
            start += 1;
        }
        while end > start && is_space(self.before(end)) {
            end -= 1;
        }
        Span { start, end }
    }

    /// First position at or after `i` and before `end` that is not white space; `end` when there is none.
    pub(crate) fn skip_space(&self, mut i: usize, end: usize) -> usize {
        while i < end && is_space(self.at(i)) {
            i += 1;
        }
        i
    }

    /// How many characters of the range carry a word: Chinese characters, letters and digits.
    pub(crate) fn words(&self, span: Span) -> usize {
        self.slice(span).iter().filter(|c| is_word(**c)).count()
    }

    /// Whether `word` stands at `i`.
    pub(crate) fn has(&self, i: usize, word: &str) -> bool {
        word.chars().enumerate().all(|(k, c)| self.at(i + k) == c)
    }
}

/// White space, the invisible characters that web pages put in its place, and the private characters that converters
/// of old word processors left for theirs. Those from U+F000 are bullets of symbol fonts.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{e000}'..='\u{efff}')
}

/// A Chinese character. Planes 2 and 3 are set aside for them and count as a whole, since Unicode gives more of them out
/// with every edition.
pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' | '〇' | '々')
}

/// A character that a word can be made of.
pub(crate) fn is_word(c: char) -> bool {
    // Most characters are Chinese, and looking them up in the tables of Unicode is slow.
    is_han(c) || c.is_alphanumeric()
}

/// Marks that end a sentence or a member of a list wherever they stand.
pub(crate) fn is_stop(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '；' | '｡' | ';' | '!' | '?')
}

/// Closing marks that belong to what stands before them.
pub(crate) fn is_closer(c: char) -> bool {
    matches!(c, '”' | '’' | '）' | ')' | '》' | '〉' | '」' | '』' | '】' | '］' | ']' | '〕')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_read_traditional_characters_as_simplified_ones_and_the_text_stays_as_written() {
        let t = Chars::new("第十條　總則、辦法");
        let all = Span { start: 0, end: t.len() };
        assert!(t.has(2, "条") && t.squeezed(all) == "第十条总则、办法");
        assert_eq!(t.string(all), "第十條　總則、辦法");
        assert!(TRADITIONAL.chars().filter(|c| is_han(*c)).count() % 2 == 0, "in pairs");
    }
}
