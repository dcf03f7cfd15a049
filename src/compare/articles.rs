//! From clauses to articles: which answer each other, and what became of their numbers.

use std::collections::{BTreeMap, HashMap};

use super::align::{Group, increasing};
use super::{Alignment, Side, SideArticle};

/// What became of an article's number and place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArticleChange {
    /// It has the number that it had.
    Kept,
    /// It has another number because of what was put in or taken out before it.
    Renumbered,
    /// It stands elsewhere among the others.
    Moved,
}

/// Articles that answer each other. An article that was split stands in several, and so does one that others were
/// merged into.
#[derive(Debug, Clone, PartialEq)]
pub struct ArticleLink {
    /// Place among the left document's articles.
    pub left: usize,
    /// Place among the right document's articles.
    pub right: usize,
    /// What became of its number and place.
    pub change: ArticleChange,
    /// Share of the left article's characters that answer to the right one, in [0, 1].
    pub left_share: f32,
    /// Share of the right article's characters that answer to the left one, in [0, 1].
    pub right_share: f32,
}

/// From this share of either article on, two are linked.
const LEAST_SHARE: f64 = 0.3;

/// Articles whose clauses answer each other, in the order of the left.
pub(super) fn link(alignments: &[Alignment], left: &Side, right: &Side) -> Vec<ArticleLink> {
    let (left_length, right_length) = (lengths(left), lengths(right));
    let mut shared: BTreeMap<(usize, usize), (f64, f64)> = BTreeMap::new();
    for alignment in alignments {
        for i in &alignment.left {
            for j in &alignment.right {
                let entry = shared.entry((left.clauses[*i].article, right.clauses[*j].article)).or_default();
                // Of a group that spans articles every part counts once on its own side.
                entry.0 += length(left, *i) / alignment.right.len() as f64;
                entry.1 += length(right, *j) / alignment.left.len() as f64;
            }
        }
    }
    let share =
        |of: f64, lengths: &HashMap<usize, f64>, at: usize| of / lengths.get(&at).copied().unwrap_or(1.0).max(1.0);
    let mut links: Vec<ArticleLink> = shared
        .into_iter()
        .map(|((a, b), (on_left, on_right))| ArticleLink {
            left: a,
            right: b,
            change: ArticleChange::Kept,
            left_share: share(on_left, &left_length, a).min(1.0) as f32,
            right_share: share(on_right, &right_length, b).min(1.0) as f32,
        })
        .filter(|link| f64::from(link.left_share.max(link.right_share)) >= LEAST_SHARE)
        .collect();
    // Links of one left article compete for the chain; the heavier ones keep it.
    let weight = |link: &ArticleLink| f64::from(link.left_share * link.right_share) + 1e-3;
    let points: Vec<(usize, f64)> = links.iter().map(|link| (link.right, weight(link))).collect();
    let in_order = increasing_or_equal(&points, &links);
    for (link, in_order) in links.iter_mut().zip(in_order) {
        let (a, b) = (&left.articles[link.left], &right.articles[link.right]);
        link.change = match () {
            () if !in_order => ArticleChange::Moved,
            () if number(a) == number(b) => ArticleChange::Kept,
            () => ArticleChange::Renumbered,
        };
    }
    links
}

/// Which links keep the order. Several of one article on either side can stand beside each other.
fn increasing_or_equal(points: &[(usize, f64)], links: &[ArticleLink]) -> Vec<bool> {
    // Strictly rising in (right, left): two left articles merged into one right one rise by the left.
    let spread: Vec<(usize, f64)> =
        points.iter().zip(links).map(|((right, weight), link)| (right * (1 << 20) + link.left, *weight)).collect();
    increasing(&spread)
}

/// Which groups stand out of the order that the heaviest chain of the others keeps.
pub(super) fn moved_groups(groups: &[Group], left: &Side, right: &Side) -> Vec<bool> {
    let first = |of: &[usize]| of.first().copied().unwrap_or(0);
    let weight = |of: &[usize], side: &Side| of.iter().map(|k| length(side, *k)).sum::<f64>();
    let points: Vec<(usize, f64)> = groups
        .iter()
        .map(|group| (first(&group.right), weight(&group.left, left).min(weight(&group.right, right))))
        .collect();
    increasing(&points).into_iter().map(|kept| !kept).collect()
}

fn length(side: &Side, clause: usize) -> f64 {
    side.clauses.get(clause).map_or(0, |clause| clause.text.chars().count()) as f64
}

fn lengths(side: &Side) -> HashMap<usize, f64> {
    let mut lengths: HashMap<usize, f64> = HashMap::new();
    for (k, clause) in side.clauses.iter().enumerate() {
        *lengths.entry(clause.article).or_default() += length(side, k);
    }
    lengths
}

/// What an article is cited by: 第三条 alone, as articles of a law are numbered throughout; others with the numbers
/// of the headings above them.
fn number(article: &SideArticle) -> Vec<String> {
    if article.label.starts_with('第') && article.label.ends_with('条') {
        return vec![article.label.clone()];
    }
    let head = |heading: &String| {
        heading.chars().take_while(|c| !matches!(c, '、' | '）' | ')' | '．' | '.' | ' ' | '\u{3000}')).collect()
    };
    article.path.iter().map(head).chain(std::iter::once(article.label.clone())).collect()
}

/// How alike the headings of two articles are, in [0, 1]: their own titles, or else the headings right above them.
pub(super) fn headings_alike(a: &SideArticle, b: &SideArticle) -> f64 {
    let own = alike(&a.title, &b.title);
    match (a.path.last(), b.path.last()) {
        (Some(above), Some(other)) => own.max(0.6 * alike(above, other)),
        _ => own,
    }
}

/// Dice coefficient of the characters of two headings without their numbers.
fn alike(a: &str, b: &str) -> f64 {
    let letters = |text: &str| -> Vec<char> {
        let mut letters: Vec<char> = text
            .chars()
            .filter(|c| crate::document::is_han(*c) && !"第章节编一二三四五六七八九十".contains(*c))
            .collect();
        letters.sort_unstable();
        letters
    };
    let (a, b) = (letters(a), letters(b));
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let (mut i, mut j, mut both) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, both) = (i + 1, j + 1, both + 1),
        }
    }
    2.0 * both as f64 / (a.len() + b.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article(label: &str, title: &str, path: &[&str]) -> SideArticle {
        SideArticle {
            label: label.to_owned(),
            title: title.to_owned(),
            path: path.iter().map(|p| (*p).to_owned()).collect(),
        }
    }

    #[test]
    fn articles_of_a_law_are_cited_by_their_number_and_others_with_the_headings_above() {
        assert_eq!(number(&article("第三条", "", &["第一章 总则"])), number(&article("第三条", "", &["第二章 登记"])));
        assert_ne!(number(&article("（一）", "", &["一、要求"])), number(&article("（一）", "", &["二、任务"])));
        assert_eq!(number(&article("（一）", "", &["一、要求"])), number(&article("（一）", "", &["一、总体要求"])));
    }

    #[test]
    fn headings_are_alike_by_their_words_without_their_numbers() {
        let (a, b) = (article("第三条", "", &["第五章　法律责任"]), article("第九条", "", &["第七章　法律责任"]));
        assert!((headings_alike(&a, &b) - 0.6).abs() < 1e-9);
        assert_eq!(headings_alike(&a, &article("第九条", "", &["第五章　登记"])), 0.0);
        assert_eq!(headings_alike(&article("（一）", "提升质量", &[]), &article("（二）", "提升质量", &[])), 1.0);
    }
}
