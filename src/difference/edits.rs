//! What was changed between two wordings, character by character.

use serde::{Deserialize, Serialize};
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::folded::half_width;
use crate::document::Span;
use crate::document::chars::{is_han, is_space, is_word};

/// What became of a run of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditKind {
    /// The same on both sides, but for white space and full-width forms.
    Equal,
    /// Only on the left.
    Deleted,
    /// Only on the right.
    Inserted,
    /// On both sides, in other words.
    Replaced,
}

/// A run of characters and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Edit {
    /// What became of it.
    pub kind: EditKind,
    /// Where it stands on the left; empty or white space for [`EditKind::Inserted`].
    pub left: Span,
    /// Where it stands on the right; empty or white space for [`EditKind::Deleted`].
    pub right: Span,
}

/// A word-like piece of a text: a Chinese character, a number, a Latin word, a mark.
struct Token {
    /// Its folded characters.
    form: Vec<char>,
    /// Where it starts. It ends where the next one starts: white space belongs to what stands before it.
    start: usize,
}

/// Longest equality between two changes that is not worth showing, in characters.
const ISLAND: usize = 1;

/// The runs of characters that two wordings have in common or not, in order. Every character of either side is in
/// exactly one run; two neighbouring runs are never both changes. Numbers and Latin words change as a whole; an
/// equality of a single character between two changes counts as changed, since it would only be confetti.
///
/// # Examples
/// ```
/// use clausewise::difference::{EditKind, edits};
/// let (left, right) = ("合格率达到97％以上。", "合格率稳定在98.5%以上。");
/// let of = |text: &str, span: clausewise::document::Span| text.chars().skip(span.start).take(span.len()).collect::<String>();
/// let runs: Vec<_> = edits(left, right).iter().map(|e| (e.kind, of(left, e.left), of(right, e.right))).collect();
/// assert_eq!(runs[0], (EditKind::Equal, "合格率".to_owned(), "合格率".to_owned()));
/// assert_eq!(runs[1], (EditKind::Replaced, "达到97".to_owned(), "稳定在98.5".to_owned()));
/// assert_eq!(runs[2], (EditKind::Equal, "％以上。".to_owned(), "%以上。".to_owned()));
/// assert_eq!(runs.len(), 3);
/// ```
pub fn edits(left: &str, right: &str) -> Vec<Edit> {
    let (left_tokens, left_len) = tokens(left);
    let (right_tokens, right_len) = tokens(right);
    let forms = |tokens: &[Token]| tokens.iter().map(|t| t.form.clone()).collect::<Vec<_>>();
    let ops = capture_diff_slices(Algorithm::Myers, &forms(&left_tokens), &forms(&right_tokens));

    // Runs of tokens; changes that touch become one.
    let mut runs: Vec<(bool, [usize; 4])> = Vec::new();
    for op in ops {
        let equal = matches!(op, DiffOp::Equal { .. });
        let (old, new) = (op.old_range(), op.new_range());
        join(&mut runs, equal, [old.start, old.end, new.start, new.end]);
    }
    let mut merged: Vec<(bool, [usize; 4])> = Vec::new();
    for k in 0..runs.len() {
        let (equal, at) = runs[k];
        let between = k > 0 && k + 1 < runs.len();
        let size: usize = left_tokens[at[0]..at[1]]
            .iter()
            .filter(|t| t.form.first().is_some_and(|c| is_word(*c)))
            .map(|t| t.form.len())
            .sum();
        join(&mut merged, equal && !(between && size <= ISLAND), at);
    }

    let place = |tokens: &[Token], len: usize, at: usize| match at {
        0 => 0,
        _ => tokens.get(at).map_or(len, |t| t.start),
    };
    let mut found: Vec<Edit> = merged
        .into_iter()
        .map(|(equal, at)| Edit {
            kind: match () {
                () if equal => EditKind::Equal,
                () if at[0] == at[1] => EditKind::Inserted,
                () if at[2] == at[3] => EditKind::Deleted,
                () => EditKind::Replaced,
            },
            left: Span { start: place(&left_tokens, left_len, at[0]), end: place(&left_tokens, left_len, at[1]) },
            right: Span { start: place(&right_tokens, right_len, at[2]), end: place(&right_tokens, right_len, at[3]) },
        })
        .collect();
    // A side that is nothing but white space has no token to carry it.
    match found.last_mut() {
        Some(last) => (last.left.end, last.right.end) = (left_len, right_len),
        None if left_len + right_len > 0 => {
            let (left, right) = (Span { start: 0, end: left_len }, Span { start: 0, end: right_len });
            found.push(Edit { kind: EditKind::Equal, left, right });
        }
        None => {}
    }
    found
}

/// Adds a run, to the last one where both are of a kind.
fn join(runs: &mut Vec<(bool, [usize; 4])>, equal: bool, at: [usize; 4]) {
    match runs.last_mut() {
        Some((kind, last)) if *kind == equal => (last[1], last[3]) = (at[1], at[3]),
        _ => runs.push((equal, at)),
    }
}

/// The tokens of a text and its length in characters.
fn tokens(text: &str) -> (Vec<Token>, usize) {
    let mut tokens: Vec<Token> = Vec::new();
    let mut len = 0;
    let mut last = ' ';
    for (start, c) in text.chars().enumerate() {
        len = start + 1;
        let c = half_width(c);
        let form = match c {
            '“' | '”' => '"',
            '‘' | '’' => '\'',
            _ => c,
        };
        let alike = (c.is_ascii_digit() || c == '.') && last.is_ascii_digit()
            || c.is_ascii_digit() && last == '.'
            || latin(c) && latin(last);
        match tokens.last_mut() {
            Some(token) if alike && token.form.first().is_some_and(|c| is_word(*c)) => token.form.push(form),
            _ if is_space(c) => {}
            _ => tokens.push(Token { form: vec![form], start }),
        }
        last = c;
    }
    (tokens, len)
}

fn latin(c: char) -> bool {
    c.is_alphabetic() && !is_han(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(left: &str, right: &str) -> String {
        let of = |text: &str, span: Span| text.chars().skip(span.start).take(span.len()).collect::<String>();
        edits(left, right)
            .iter()
            .map(|e| match e.kind {
                EditKind::Equal => of(left, e.left),
                _ => format!("[{}|{}]", of(left, e.left), of(right, e.right)),
            })
            .collect()
    }

    #[test]
    fn changes_are_readable_runs() {
        assert_eq!(
            show("处五十元以上二百元以下罚款", "处一百元以上五百元以下罚款"),
            "处[五十|一百]元以上[二|五]百元以下罚款"
        );
        assert_eq!(show("重点帮扶50家企业", "帮扶120家企业"), "[重点|]帮扶[50|120]家企业");
        assert_eq!(show("市人民政府应当公布", "市人民政府应当及时公布"), "市人民政府应当[|及时]公布");
    }

    #[test]
    fn an_equality_of_one_character_between_changes_is_no_equality() {
        assert_eq!(show("甲乙丙丁", "戊乙己丁"), "[甲乙丙|戊乙己]丁");
        assert_eq!(show("甲，乙丁", "戊，己丁"), "[甲，乙|戊，己]丁");
    }

    #[test]
    fn width_and_white_space_are_no_difference() {
        for (left, right) in [("合格率９８％，", "合格率 98%,"), ("“甲”", "\"甲\""), (" \n", ""), ("甲\n乙", "　甲乙 ")]
        {
            assert!(edits(left, right).iter().all(|e| e.kind == EditKind::Equal), "{left} {right}");
        }
        assert_eq!(edits("", ""), []);
    }
}
