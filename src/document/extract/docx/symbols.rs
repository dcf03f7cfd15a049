//! Characters of symbol fonts, which have codes of their own instead of Unicode values.

/// What a character of Symbol or Wingdings looks like, for the ones that stand in official documents. Characters
/// outside the private use area stand for themselves; `None` for the others.
pub(super) fn shown(c: char) -> Option<char> {
    if !('\u{e000}'..='\u{f8ff}').contains(&c) {
        return Some(c);
    }
    Some(match c as u32 & 0xff {
        0x20 => ' ',
        0x6c | 0xb7 | 0x9f => '●',
        0x6e | 0xa7 => '■',
        0x6f | 0xa8 | 0x71 | 0x72 => '□',
        0x75 | 0x76 => '◆',
        0xfc | 0xd6 => '√',
        0xfb => '×',
        0xfe | 0x52 => '☑',
        0xd8 | 0xe0 | 0xf0 => '→',
        0xb2 | 0xb3 => '≥',
        0xa3 => '≤',
        0xb1 => '±',
        0xb4 => '×',
        0xb0 => '°',
        _ => return None,
    })
}
