//! Page numbers, running heads and feet: what the page says and the document does not.

use std::collections::HashMap;

use super::lines::Line;

/// How many lines at the top and at the bottom of a page can be furniture.
const EDGE: usize = 3;

/// Drops page numbers, and edge lines that stand at the same height on several pages with the same words.
pub(super) fn drop(pages: &mut [Vec<Line>]) {
    let count = pages.iter().filter(|p| !p.is_empty()).count();
    let mut seen: HashMap<(String, i32), usize> = HashMap::new();
    for page in pages.iter() {
        let mut own: Vec<(String, i32)> = edges(page).into_iter().filter_map(|at| page.get(at)).map(key).collect();
        own.sort();
        own.dedup();
        for k in own {
            *seen.entry(k).or_default() += 1;
        }
    }
    // Two pages say little: there the words must be on both. Odd and even pages may have their own.
    let enough = (count / 3).max(2);
    let often = |line: &Line| {
        let (words, y) = key(line);
        // A line may fall to either side of a step.
        let times: usize = (y - 1..=y + 1).filter_map(|y| seen.get(&(words.clone(), y))).sum();
        count > 1 && times >= enough
    };
    for page in pages.iter_mut() {
        let edge = edges(page);
        let mut gone: Vec<usize> = Vec::new();
        for at in edge {
            let Some(line) = page.get(at) else { continue };
            if is_page_number(&line.text()) || often(line) {
                gone.push(at);
            }
        }
        let mut at = 0;
        page.retain(|_| {
            at += 1;
            !gone.contains(&(at - 1))
        });
    }
}

/// The lines at the top and bottom of a page, by height.
fn edges(page: &[Line]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..page.len()).collect();
    order.sort_by(|a, b| {
        let y = |i: &usize| page.get(*i).map_or(0.0, |l| l.y);
        y(a).total_cmp(&y(b))
    });
    let bottom = order.len().saturating_sub(EDGE).max(EDGE.min(order.len()));
    let mut out: Vec<usize> = order.iter().take(EDGE).chain(order.get(bottom..).unwrap_or(&[])).copied().collect();
    out.sort_unstable();
    out.dedup();
    out
}

/// Words without digits, and height in steps of 4 points: what is the same on every page.
fn key(line: &Line) -> (String, i32) {
    let words = line.text().chars().filter(|c| !c.is_numeric() && !c.is_whitespace()).collect();
    (words, (line.y / 4.0) as i32)
}

/// — 3 —, - 3 -, 3/12, 第 3 页 共 12 页, 3, iv.
fn is_page_number(text: &str) -> bool {
    let s: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let s = s.trim_matches(|c| "—–-―─－·•_~～|[]【】()（）".contains(c));
    let number = |s: &str| {
        !s.is_empty()
            && s.chars().count() <= 4
            && (s.chars().all(|c| c.is_ascii_digit() || ('０'..='９').contains(&c))
                || s.chars().all(|c| "ivxIVX".contains(c)))
    };
    if number(s) {
        return true;
    }
    if let Some((a, b)) = s.split_once('/') {
        let side = |s: &str| number(s.trim_start_matches(['第', '共']).trim_end_matches('页'));
        return side(a) && side(b);
    }
    let Some((at, rest)) = s.strip_prefix('第').and_then(|s| s.split_once('页')) else { return false };
    let all = rest.trim_start_matches(|c| "，,、|".contains(c));
    let all = all.strip_prefix('共').and_then(|s| s.strip_suffix('页'));
    number(at) && (rest.is_empty() || all.is_some_and(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_numbers_are_told_from_text() {
        for text in ["— 3 —", "- 12 -", "3", "3/12", "第 3 页 共 12 页", "第3页", "第1页/共3页", "iv", "－１２－"]
        {
            assert!(is_page_number(text), "{text}");
        }
        for text in ["第三条", "12345", "2018年", "（一）", "一", "第3页所列项目", "3/4以上"] {
            assert!(!is_page_number(text), "{text}");
        }
    }
}
