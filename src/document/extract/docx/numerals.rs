//! Numbers as Word writes them in generated numbering (ECMA-376 part 1, 17.18.59 `ST_NumberFormat`).

const DIGITS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
const LEGAL: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];
const STEMS: [char; 10] = ['甲', '乙', '丙', '丁', '戊', '己', '庚', '辛', '壬', '癸'];
const BRANCHES: [char; 12] = ['子', '丑', '寅', '卯', '辰', '巳', '午', '未', '申', '酉', '戌', '亥'];

/// `n` in the format `name`; `None` where the format is not known, and for [`bullet`](super::numbering) and `none`.
pub(super) fn format(name: &str, n: u32) -> Option<String> {
    Some(match name {
        "decimal" | "decimalHalfWidth" | "" => n.to_string(),
        "decimalZero" => format!("{n:02}"),
        "decimalFullWidth" | "decimalFullWidth2" => full_width(n),
        "decimalEnclosedCircle" | "decimalEnclosedCircleChinese" => enclosed(n, 20, '①').or_else(|| circled(n))?,
        "decimalEnclosedFullstop" => enclosed(n, 20, '⒈').unwrap_or_else(|| format!("{n}.")),
        "decimalEnclosedParen" => enclosed(n, 20, '⑴').unwrap_or_else(|| format!("({n})")),
        "numberInDash" => format!("- {n} -"),
        "ordinal" => ordinal(n),
        "upperRoman" => roman(n),
        "lowerRoman" => roman(n).to_lowercase(),
        "upperLetter" => letters(n, 'A'),
        "lowerLetter" => letters(n, 'a'),
        // Below a hundred these are the same; from there on chineseCounting is digit by digit.
        "chineseCounting" | "taiwaneseCounting" if n >= 100 => digits(n, &DIGITS),
        "chineseCounting"
        | "taiwaneseCounting"
        | "chineseCountingThousand"
        | "taiwaneseCountingThousand"
        | "japaneseCounting" => counted(n, &DIGITS, ['十', '百', '千', '万'], '零', true),
        "chineseLegalSimplified" | "ideographLegalTraditional" | "japaneseLegal" => {
            counted(n, &LEGAL, ['拾', '佰', '仟', '万'], '零', false)
        }
        "ideographDigital" | "taiwaneseDigital" | "japaneseDigitalTenThousand" | "koreanDigital2" => digits(n, &DIGITS),
        "ideographTraditional" => cycled(n, &STEMS),
        "ideographZodiac" => cycled(n, &BRANCHES),
        "ideographZodiacTraditional" => format!("{}{}", cycled(n, &STEMS), cycled(n, &BRANCHES)),
        "ideographEnclosedCircle" => enclosed(n, 10, '㊀').unwrap_or_else(|| n.to_string()),
        _ => return None,
    })
}

/// `①` and its like beyond the first block.
fn circled(n: u32) -> Option<String> {
    let first = match n {
        21..=35 => '㉑' as u32 - 21,
        36..=50 => '㊱' as u32 - 36,
        _ => return Some(n.to_string()),
    };
    char::from_u32(first + n).map(String::from)
}

/// The `n`-th of `count` characters that begin with `first`.
fn enclosed(n: u32, count: u32, first: char) -> Option<String> {
    (1..=count).contains(&n).then(|| char::from_u32(first as u32 + n - 1)).flatten().map(String::from)
}

fn full_width(n: u32) -> String {
    n.to_string().chars().filter_map(|c| char::from_u32(c as u32 - '0' as u32 + '０' as u32)).collect()
}

fn ordinal(n: u32) -> String {
    let ending = match (n % 10, n % 100) {
        (1, r) if r != 11 => "st",
        (2, r) if r != 12 => "nd",
        (3, r) if r != 13 => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

/// Roman numerals up to 3,999; digits beyond, as there is no Roman way.
fn roman(n: u32) -> String {
    const STEPS: [(u32, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    if !(1..4000).contains(&n) {
        return n.to_string();
    }
    let (mut rest, mut out) = (n, String::new());
    for (value, sign) in STEPS {
        while rest >= value {
            out.push_str(sign);
            rest -= value;
        }
    }
    out
}

/// a to z, then aa to zz, aaa …: the letter is repeated, as Word does it.
fn letters(n: u32, first: char) -> String {
    let Some(k) = n.checked_sub(1) else { return n.to_string() };
    let letter = char::from_u32(first as u32 + k % 26).unwrap_or(first);
    std::iter::repeat_n(letter, (k / 26 + 1).min(30) as usize).collect()
}

fn cycled(n: u32, signs: &[char]) -> String {
    match n.checked_sub(1).and_then(|k| signs.get(k as usize % signs.len())) {
        Some(sign) => sign.to_string(),
        None => n.to_string(),
    }
}

/// Digit by digit: 一〇五.
fn digits(n: u32, signs: &[char; 10]) -> String {
    n.to_string().chars().filter_map(|c| signs.get(c.to_digit(10)? as usize)).collect()
}

/// With units: 一百零五; `short` drops the 一 of 一十 at the start.
fn counted(n: u32, signs: &[char; 10], units: [char; 4], zero: char, short: bool) -> String {
    let sign = |d: u32| signs.get(d as usize).copied().unwrap_or(zero);
    if n == 0 {
        return sign(0).to_string();
    }
    if n >= 100_000 {
        return digits(n, signs);
    }
    let [ten, hundred, thousand, myriad] = units;
    let mut out = String::new();
    let mut gap = false;
    for (value, unit) in [(10_000, myriad), (1_000, thousand), (100, hundred), (10, ten), (1, '\0')] {
        let d = n / value % 10;
        if d == 0 {
            gap = !out.is_empty();
            continue;
        }
        if std::mem::take(&mut gap) {
            out.push(zero);
        }
        if !(short && d == 1 && value == 10 && out.is_empty()) {
            out.push(sign(d));
        }
        if unit != '\0' {
            out.push(unit);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_word_writes_them() {
        for (name, n, expected) in [
            ("chineseCounting", 1, "一"),
            ("chineseCounting", 10, "十"),
            ("chineseCounting", 21, "二十一"),
            ("chineseCounting", 105, "一〇五"),
            ("chineseCountingThousand", 20, "二十"),
            ("chineseCountingThousand", 105, "一百零五"),
            ("chineseCountingThousand", 110, "一百一十"),
            ("chineseCountingThousand", 1003, "一千零三"),
            ("japaneseCounting", 12, "十二"),
            ("ideographDigital", 12, "一二"),
            ("ideographTraditional", 3, "丙"),
            ("chineseLegalSimplified", 12, "壹拾贰"),
            ("decimalFullWidth", 12, "１２"),
            ("decimalEnclosedCircle", 20, "⑳"),
            ("decimalEnclosedCircle", 21, "㉑"),
            ("decimalEnclosedCircle", 50, "㊿"),
            ("decimalEnclosedCircle", 51, "51"),
            ("decimalEnclosedParen", 3, "⑶"),
            ("decimalZero", 7, "07"),
            ("upperRoman", 14, "XIV"),
            ("lowerLetter", 28, "bb"),
            ("ordinal", 11, "11th"),
        ] {
            assert_eq!(format(name, n).as_deref(), Some(expected), "{name} {n}");
        }
        assert_eq!(format("unheardOf", 3), None);
    }
}
