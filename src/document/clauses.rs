//! Articles to clauses: cuts sentences, takes notes out, labels items and ties them to the sentence that leads them in.

use super::chars::{Chars, is_closer, is_space, is_stop};
use super::markers::Form;
use super::notes::notes;
use super::numerals::{self, arabic_digit, is_numeral};
use super::outline::Draft;
use super::pairs::Pairs;
use super::sentences::{FRAGMENT, sentences};
use super::{Clause, SkipReason, Skipped, Span};

/// A run of lines without stops (a table, a list of names) is gathered into clauses of about this many characters.
const TABLE_ROW: usize = 120;

/// What an article yields.
#[derive(Default)]
pub(super) struct Cut {
    pub(super) clauses: Vec<Clause>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) responsible: Vec<String>,
}

/// A list that is open at a place: its form, the sentence that leads it in, and how its item is cited.
struct Open {
    form: Form,
    lead_in: Option<Span>,
    label: String,
}

/// A clause in the making.
struct Part {
    span: Span,
    /// Which piece of the article it is from.
    piece: usize,
    label: String,
    lead_in: Option<Span>,
    /// Too small to stand alone.
    fragment: bool,
    /// A line without a stop.
    row: bool,
}

/// Cuts the clauses of an article with index `article`.
pub(super) fn cut(t: &Chars, pairs: &Pairs, draft: &Draft, article: usize) -> Cut {
    let mut out = Cut::default();
    let unmarked = unmarked_items(t, draft);
    let of_item = item_goes_on(t, draft, &unmarked);
    let own = |k: &usize| !unmarked[*k] && of_item[*k].is_none();
    let paragraphs = (0..draft.pieces.len()).filter(|k| draft.pieces[*k].item.is_none() && own(k)).count();
    // Lists of names stand in annexes and behind statutes; elsewhere a line without a stop is a measure in short.
    let listing = draft.statute || draft.path.first().is_some_and(|p| p.starts_with('附'));
    let mut parts: Vec<Part> = Vec::new();
    let mut lists: Vec<Open> = Vec::new();
    let mut paragraph = 0u32;
    // The item whose heading stands on a line of its own above the text.
    let mut headed: Option<String> = None;
    // The sentence that leads in items without numbers.
    let mut leading: Option<Span> = None;
    for (index, piece) in draft.pieces.iter().enumerate() {
        let (unmarked, of_item) = (unmarked[index], of_item[index]);
        let label = match piece.item {
            None if of_item.is_some() => of_list(&lists, of_item).map_or_else(String::new, |list| list.label.clone()),
            None => {
                if unmarked {
                    leading = parts.last().filter(|p| leads_in(t, p.span)).map(|p| p.span).or(leading);
                } else {
                    paragraph += 1;
                    leading = None;
                    lists.clear();
                }
                match &headed {
                    Some(item) => item.clone(),
                    None if draft.statute && paragraphs > 1 => format!("第{}款", chinese(paragraph)),
                    None => String::new(),
                }
            }
            Some((form, number)) => {
                let lead_in = lead_in_of_items(t, &parts);
                // The number of the first item is missing: it was taken for an item without one.
                let listed = parts.last().is_some_and(|p| matches!(t.before(p.span.end), '；' | ';'));
                let lead_in = lead_in.or(leading.filter(|_| listed));
                open_list(&mut lists, form, lead_in);
                let written: String = t.string(number).chars().filter(|c| !is_space(*c)).collect();
                let label = if draft.statute { cited(&lists, form, &written, paragraph, paragraphs) } else { written };
                if let Some(list) = lists.last_mut() {
                    list.label.clone_from(&label);
                }
                headed = (piece.text.is_empty() && !draft.statute).then(|| label.clone());
                label
            }
        };
        let listed = || lists.iter().rev().find_map(|l| l.lead_in);
        let lead_in = match piece.item {
            Some(_) => listed(),
            // An item that has lost its number, between others.
            None if unmarked => leading.or_else(listed),
            None if of_item.is_some() => of_list(&lists, of_item).and_then(|list| list.lead_in).or_else(listed),
            None => leading,
        };
        for span in text_of(t, pairs, piece.text, draft.statute, &mut out) {
            let row = !ends_sentence(t, span) && (listing || has_columns(t, span));
            let fragment = t.words(Span { start: span.start, end: span.end.min(span.start + 40) }) < FRAGMENT;
            parts.push(Part { span, piece: index, label: label.clone(), lead_in, fragment, row });
        }
    }
    let mut parts = merge_parts(t, parts);
    parts.retain(|part| {
        let words = t.words(part.span) > 0;
        if !words {
            out.skipped.push(Skipped { span: part.span, reason: SkipReason::Symbols });
        }
        words
    });
    let spans: Vec<Span> = parts.iter().map(|p| p.span).collect();
    for mut part in parts {
        // The sentence that leads in may have been merged with another: the clause that holds it leads in now.
        part.lead_in = part.lead_in.and_then(|lead| {
            let at = spans.partition_point(|s| s.start <= lead.start).checked_sub(1)?;
            spans.get(at).copied().filter(|s| lead.end <= s.end && s.end <= part.span.start)
        });
        out.clauses.push(Clause {
            span: part.span,
            text: t.string(part.span),
            article,
            label: part.label,
            lead_in: part.lead_in,
        });
    }
    out
}

/// The sentence that leads in the numbered items that follow `parts`: of their last paragraph the nearest that does. A
/// sentence that closes with ；goes on behind it, and what goes on is often the end of a penalty: 有下列行为之一的，处…；
/// 逾期不改正的，吊销许可证： leads in with its first part, whatever stands before the colon.
fn lead_in_of_items(t: &Chars, parts: &[Part]) -> Option<Span> {
    let piece = parts.last()?.piece;
    let paragraph = || parts.iter().rev().take(PARAGRAPH).take_while(|p| p.piece == piece).map(|p| p.span);
    let goes_on = |i: usize| i == 0 || paragraph().nth(i).is_some_and(|span| matches!(t.before(span.end), '；' | ';'));
    let of_sentence = paragraph().enumerate().take_while(|(i, _)| goes_on(*i)).map(|(_, span)| span);
    // 以下 alone may be the end of an amount.
    const COLON: &[&str] = &[
        "包括",
        "以下材料",
        "以下程序",
        "以下条件",
        "以下内容",
        "以下方式",
        "以下规定",
        "以下情形",
        "以下要求",
        "以下标准",
        "以下文件",
    ];
    let named = |span: &Span| says(t, *span, &["下列", "如下"]) || leads_in(t, *span) && says(t, *span, COLON);
    of_sentence.into_iter().find(named).or_else(|| paragraph().find(|span| introduces(t, *span)))
}

/// The open list of a form.
fn of_list(lists: &[Open], form: Option<Form>) -> Option<&Open> {
    lists.iter().rev().find(|list| Some(list.form) == form)
}

/// Sentences of a paragraph, from its end, among which one is looked for that leads in.
const PARAGRAPH: usize = 6;

/// Marks the paragraphs without a number that belong to the item before them, by the form of its list: the next item of
/// that list goes on counting behind them.
fn item_goes_on(t: &Chars, draft: &Draft, unmarked: &[bool]) -> Vec<Option<Form>> {
    let mut marks = vec![None; draft.pieces.len()];
    if !draft.statute {
        return marks;
    }
    // The last number of each form, and the paragraphs behind the last item.
    let mut last: Vec<(Form, u32)> = Vec::new();
    let mut behind: Vec<usize> = Vec::new();
    for (i, piece) in draft.pieces.iter().enumerate() {
        match piece.item {
            None if !unmarked.get(i).is_some_and(|unmarked| *unmarked) => behind.push(i),
            None => {}
            Some((form, number)) => {
                let Some(value) = number_of(t, number) else {
                    behind.clear();
                    continue;
                };
                let open = last.iter().position(|(of, _)| *of == form);
                if open.and_then(|at| last.get(at)).is_some_and(|(_, before)| value == before + 1) {
                    behind.iter().for_each(|k| marks[*k] = Some(form));
                }
                // Lists inside of the item before have ended with it.
                last.truncate(open.unwrap_or(last.len()));
                last.push((form, value));
                behind.clear();
            }
        }
    }
    marks
}

/// The number in the number of an item: 3 in （三）.
fn number_of(t: &Chars, number: Span) -> Option<u32> {
    let at = (number.start..number.end).find(|i| is_numeral(t.at(*i)) || arabic_digit(t.at(*i)).is_some())?;
    let read = numerals::chinese(t, at, number.end).or_else(|| numerals::arabic(t, at, number.end, 4));
    read.map(|(value, _)| value)
}

/// Marks the paragraphs that are items of a list though they have no number: they follow a lead-in and close with ；, or
/// stand between numbered items of a statute that do.
fn unmarked_items(t: &Chars, draft: &Draft) -> Vec<bool> {
    let mut marks = Vec::with_capacity(draft.pieces.len());
    let mut open = false;
    let mut before = '\0';
    for (i, piece) in draft.pieces.iter().enumerate() {
        let last = t.before(piece.text.end);
        let member = matches!(last, '；' | ';');
        let led = matches!(before, '：' | ':') && (member || draft.statute);
        let goes_on = open && matches!(before, '；' | ';');
        let numbered = |k: Option<usize>| k.and_then(|k| draft.pieces.get(k)).is_some_and(|p| p.item.is_some());
        let between = draft.statute && matches!(before, '；' | ';') && numbered(i.checked_sub(1)) && member;
        open = piece.item.is_none() && (led || goes_on || between);
        marks.push(open);
        before = last;
    }
    marks
}

/// The sentences of a piece; notes and salutations are set apart.
fn text_of(t: &Chars, pairs: &Pairs, text: Span, statute: bool, out: &mut Cut) -> Vec<Span> {
    let mut found = Vec::new();
    let mut start = text.start;
    let mut run = |span: Span, after_note: bool, out: &mut Cut| {
        let mut span = t.trim(span);
        if after_note {
            // 。 or ， behind a note belongs to what stood before it.
            while span.start < span.end
                && (is_stop(t.at(span.start))
                    || is_closer(t.at(span.start))
                    || matches!(t.at(span.start), '，' | '、' | ',' | ' ' | '：'))
            {
                span.start += 1;
            }
            span = t.trim(span);
        }
        for sentence in sentences(t, pairs, span) {
            if is_address(t, sentence) {
                out.skipped.push(Skipped { span: sentence, reason: SkipReason::Salutation });
            } else {
                found.push(sentence);
            }
        }
    };
    for note in notes(t, pairs, text, statute) {
        run(Span { start, end: note.span.start }, start > text.start, out);
        for unit in note.units {
            if !out.responsible.contains(&unit) {
                out.responsible.push(unit);
            }
        }
        out.skipped.push(Skipped { span: note.span, reason: SkipReason::Responsible });
        start = note.span.end;
    }
    run(Span { start, end: text.end }, start > text.start, out);
    found
}

/// 各位代表！ as a sentence.
fn is_address(t: &Chars, sentence: Span) -> bool {
    sentence.len() <= 8
        && matches!(
            t.squeezed(sentence).trim_end_matches(['！', '!', '，', '：', ':']),
            "各位代表" | "各位委员" | "同志们"
        )
}

/// Whether a sentence leads in the numbered items that follow it: 有下列行为之一的，处…罚款。 does without a colon.
fn introduces(t: &Chars, span: Span) -> bool {
    let start = span.end.saturating_sub(150).max(span.start);
    leads_in(t, span) || says(t, Span { start, end: span.end }, &["下列", "以下", "如下"])
}

/// Whether one of the words stands in a sentence.
fn says(t: &Chars, span: Span, words: &[&str]) -> bool {
    let text = t.words_of(span);
    words.iter().any(|w| text.contains(w))
}

/// Whether a sentence leads in a list.
fn leads_in(t: &Chars, span: Span) -> bool {
    matches!(t.before(span.end), '：' | ':')
}

/// Goes to the list of `form`: closes deeper ones, or opens it under the current one.
fn open_list(lists: &mut Vec<Open>, form: Form, lead_in: Option<Span>) {
    match lists.iter().position(|l| l.form == form) {
        Some(at) => lists.truncate(at + 1),
        None => lists.push(Open { form, lead_in, label: String::new() }),
    }
}

/// How an item of a statute is cited: 第二款第（三）项, 第（三）项第1目.
fn cited(lists: &[Open], form: Form, written: &str, paragraph: u32, paragraphs: usize) -> String {
    let number: String = written
        .trim_end_matches(['、', '.', '．'])
        .chars()
        .map(|c| match c {
            '(' => '（',
            ')' => '）',
            c => c,
        })
        .collect();
    let number = if matches!(form, Form::ArabicBracketed) && !number.starts_with('（') {
        format!("（{number}")
    } else {
        number
    };
    if form == Form::Dash {
        return written.to_owned();
    }
    let above = lists.len().checked_sub(2).and_then(|k| lists.get(k));
    match above {
        Some(above) => format!("{}第{number}目", above.label),
        None if paragraphs > 1 && paragraph > 0 => format!("第{}款第{number}项", chinese(paragraph)),
        None => format!("第{number}项"),
    }
}

/// A number below a thousand in Chinese.
fn chinese(n: u32) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = |k: u32| DIGITS.get((k % 10) as usize).copied().unwrap_or("");
    match n {
        0..=9 => digit(n).to_owned(),
        10..=19 => format!("十{}", digit(n)),
        20..=99 => format!("{}十{}", digit(n / 10), digit(n)),
        _ => n.to_string(),
    }
}

/// Whether a piece ends as a sentence does.
fn ends_sentence(t: &Chars, span: Span) -> bool {
    let mut end = span.end;
    while end > span.start && is_closer(t.before(end)) {
        end -= 1;
    }
    is_stop(t.before(end)) || matches!(t.before(end), '：' | ':' | '…' | '.')
}

/// Whether a line is a row of a table: cells parted by tabs or wide gaps.
fn has_columns(t: &Chars, span: Span) -> bool {
    (span.start..span.end).any(|i| t.at(i) == '\t' || (is_space(t.at(i)) && is_space(t.at(i + 1))))
}

/// Merges fragments with a neighbour, and rows of a table with each other.
fn merge_parts(t: &Chars, parts: Vec<Part>) -> Vec<Part> {
    let rows = table_rows(&parts);
    let mut merged: Vec<(Part, bool)> = Vec::with_capacity(parts.len());
    for (part, in_table) in parts.into_iter().zip(rows) {
        if let Some((last, last_in_table)) = merged.last_mut() {
            let joined = part.span.end - last.span.start;
            let table = in_table && *last_in_table && joined <= TABLE_ROW;
            // A lead-in stays by itself, so that items can point to it.
            let fragment = (part.fragment || last.fragment) && !leads_in(t, last.span) && joined <= 4 * TABLE_ROW;
            if table || fragment {
                last.span.end = part.span.end;
                last.fragment = last.fragment && part.fragment && t.words(last.span) < FRAGMENT;
                continue;
            }
        }
        merged.push((part, in_table));
    }
    merged.into_iter().map(|(p, _)| p).collect()
}

/// Which parts belong to a run of at least three short lines without stops.
fn table_rows(parts: &[Part]) -> Vec<bool> {
    let row = |p: &Part| p.row && p.span.len() <= 60;
    let mut marks = vec![false; parts.len()];
    let mut from = 0;
    while from < parts.len() {
        let run = parts.iter().skip(from).take_while(|p| row(p)).count();
        if run >= 3 {
            marks.iter_mut().skip(from).take(run).for_each(|m| *m = true);
        }
        from += run.max(1);
    }
    marks
}
