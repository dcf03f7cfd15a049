//! Bytes to text, text to outline, outline to clauses.
//!
//! [`extract`] turns files into normalised texts; [`parse`] turns the text into a [`Document`]: outline, articles,
//! clauses, what was skipped, metadata and warnings. Parsing never fails on odd text. Nothing here embeds, stores or
//! searches.

//!
//! The stages, each in its own file and each seeing only what the one before it made:
//!
//! ```text
//! extract     files -> texts, one format a file
//! pairs       which bracket closes which
//! layout      lines -> the document's own text, and what stands around it (furniture.rs, lines.rs: what lines look like;
//!             parts.rs: titles of documents inside the document)
//! paragraphs  lines -> numbered paragraphs (markers.rs: what a number looks like; quotations.rs, citations.rs: where it
//!             is another document's, or a reference)
//! outline     paragraphs -> headings and articles (policy.rs, annex.rs: their rules; sequence.rs: numbering that jumps)
//! clauses     articles -> clauses (sentences.rs, notes.rs)
//! assemble    every character accounted for
//! metadata    title, number, issuer, dates, and where each was read
//! region      which places there are
//! family      which documents are versions of one
//! ```
//!
//! What is a part of its own, with numbers that begin anew: the document itself, each 附件 or 附表, each document inside it
//! ([`HeadingKind::Attached`]), and the explanations of words behind a report. A part's heading stands first in the paths
//! of its articles. Numbers that are missing, repeated or misprinted are told in the warnings and change nothing else.
//!
//! Rules read traditional characters as simplified ones (`chars`); what comes out is as written.
//!
//! Invariants: clauses and skipped ranges cover the text exactly once; a clause neither begins nor ends with white
//! space; every stage is linear in the length of the text and looks at most a fixed distance around a place.

use std::ops::Range;

use serde::{Deserialize, Serialize};

mod annex;
mod assemble;
pub(crate) mod chars;
mod citations;
mod clauses;
pub mod extract;
mod family;
mod furniture;
mod layout;
mod lines;
mod markers;
mod metadata;
mod names;
pub(crate) mod notes;
pub(crate) mod numerals;
mod outline;
mod pairs;
mod paragraphs;
mod parts;
mod policy;
mod quotations;
mod region;
mod search_text;
mod sentences;
mod sequence;
mod warnings;

pub(crate) use chars::is_han;
pub use extract::decode;
pub(crate) use family::FAMILY_RULE;
pub use family::family_key;
pub use metadata::{Kind, Level, Metadata, Origin, Source, Sources, Validity};
pub use names::check_date;
pub use region::Region;
pub(crate) use region::division_names;
pub use search_text::{normalise_for_search, normalise_with_origins};
use warnings::{Warnings, warn};

/// Reads a document: outline, articles, clauses, metadata. Never fails; what looks odd is told in
/// [`Document::warnings`].
///
/// # Examples
/// ```
/// let text = "甲市养犬条例\n第一条　为了规范养犬行为，制定本条例。\n第二条　养犬人应当遵守下列规定：\n（一）携犬出户时束犬链；\n（二）及时清除犬只排泄物。\n";
/// let document = clausewise::document::parse(text);
/// assert_eq!(document.metadata.title.as_deref(), Some("甲市养犬条例"));
/// assert_eq!(document.articles.len(), 2);
/// let last = document.clauses.last().unwrap();
/// assert_eq!((last.text.as_str(), last.label.as_str()), ("及时清除犬只排泄物。", "第（二）项"));
/// assert_eq!(document.slice(last.lead_in.unwrap()), "养犬人应当遵守下列规定：");
/// ```
pub fn parse(text: &str) -> Document {
    parse_with(text, &Metadata::default())
}

/// [`parse`] for a text of which something is known from beside it: the index table of the page it stood on. That is
/// taken where the text itself does not speak, as stated by a page table.
///
/// # Examples
/// ```
/// use clausewise::document::{Metadata, Origin, Source, parse_with};
/// let stated = Metadata { issuer: Some("枣庄市人民政府".to_owned()), ..Metadata::default() };
/// let document = parse_with("养犬管理办法\n第一条　养犬人应当束犬链。\n", &stated);
/// assert_eq!(document.metadata.region.unwrap().city.as_deref(), Some("枣庄市"));
/// assert_eq!(document.sources.issuer, Some(Source::Stated(Origin::PageTable)));
/// assert_eq!(document.sources.title, Some(Source::Stated(Origin::Title)));
/// ```
pub fn parse_with(text: &str, stated: &Metadata) -> Document {
    let t = chars::Chars::new(text);
    let mut warnings = Warnings::default();
    let pairs = pairs::Pairs::find(&t, &mut warnings);
    let segments = layout::layout(&t);
    let paras = paragraphs::paragraphs(&t, &segments, &pairs);
    let outline = outline::outline(&t, &paras, &layout::attached_titles(&t, &segments), &mut warnings);
    let mut skipped: Vec<Skipped> = Vec::new();
    skipped.extend(segments.iter().filter_map(|s| Some(Skipped { span: s.span, reason: s.zone.reason()? })));
    skipped.extend(outline.skipped.iter().map(|s| Skipped { span: t.trim(*s), reason: SkipReason::Heading }));
    skipped.extend(outline.lists.iter().map(|s| Skipped { span: *s, reason: SkipReason::Contents }));
    let mut articles = Vec::new();
    let mut clauses: Vec<Clause> = Vec::new();
    for draft in outline.drafts {
        let cut = clauses::cut(&t, &pairs, &draft, articles.len());
        skipped.extend(cut.skipped);
        if cut.clauses.is_empty() && draft.kind == ArticleKind::Body {
            continue;
        }
        let start = match draft.kind {
            ArticleKind::Body => {
                draft.pieces.first().map_or(draft.label.start, |p| p.item.map_or(p.text.start, |(_, n)| n.start))
            }
            _ => draft.label.start,
        };
        let end = draft.pieces.last().map_or(draft.title.end, |p| p.text.end).max(draft.label.end).max(draft.title.end);
        articles.push(Article {
            kind: draft.kind,
            label: t.string(draft.label),
            title: outline::join_spaced(&t.string(draft.title)).trim_end_matches(['：', ':', '。']).to_owned(),
            path: draft.path,
            span: t.trim(Span { start, end }),
            responsible: cut.responsible,
        });
        clauses.extend(cut.clauses);
    }
    let skipped = assemble::cover(&t, &clauses, skipped);
    look_over(&t, outline.headings.len(), &articles, &clauses, &mut warnings);
    let (metadata, sources) = metadata::metadata(&t, &segments, &clauses, stated);
    Document {
        text: text.to_owned(),
        metadata,
        sources,
        headings: outline.headings,
        articles,
        clauses,
        skipped,
        warnings: warnings.finish(),
    }
}

/// Warns of what only the whole shows.
fn look_over(t: &chars::Chars, headings: usize, articles: &[Article], clauses: &[Clause], warnings: &mut Warnings) {
    let all = Span { start: 0, end: t.len() };
    if clauses.is_empty() {
        warn(warnings, all, "no text", || "no clause was found".to_owned());
    } else if headings == 0 && articles.iter().all(|a| a.kind == ArticleKind::Body) {
        warn(warnings, all, "no structure", || {
            "no heading and no numbered article was found: the text is taken as one article".to_owned()
        });
    }
    if let Some(first) = clauses.first() {
        let start = first.text.chars().next().unwrap_or('\0');
        // …以效益|为基础的体系: the words before 为 are missing.
        let head: String = first.text.chars().take(9).collect();
        const ROLES: &[&str] =
            &["基础的", "核心的", "主体的", "重点的", "目标的", "导向的", "支撑的", "引领的", "抓手的", "主的"];
        let tail = head.starts_with('为') && ROLES.iter().any(|w| head.contains(w));
        let middle = tail || matches!(start, '，' | '、' | '。' | '；' | '）' | ')' | '”' | '的');
        if middle {
            warn(warnings, first.span, "begins in the middle", || {
                "the text begins in the middle of a sentence".to_owned()
            });
        }
    }
}

impl Document {
    /// The text of a span; empty where the span is outside the text.
    ///
    /// Walks the text from its start: for all clauses at once use [`Clause::text`].
    pub fn slice(&self, span: Span) -> &str {
        let mut places = self.text.char_indices().map(|(at, _)| at).chain(std::iter::once(self.text.len()));
        let start = places.nth(span.start);
        let end = if span.is_empty() { start } else { places.nth(span.len() - 1) };
        start.zip(end).and_then(|(start, end)| self.text.get(start..end)).unwrap_or("")
    }

    /// The text of an article without its number: lines trimmed, blank ones dropped, joined by a newline. Notes of
    /// responsible units stay. Empty where there is no such article.
    ///
    /// # Examples
    /// ```
    /// let document = clausewise::document::parse("第一条　甲市人民政府负责。\n\n　　乙局协助。\n第二条　本规定自公布之日起施行。");
    /// assert_eq!(document.article_text(0), "甲市人民政府负责。\n乙局协助。");
    /// ```
    pub fn article_text(&self, index: usize) -> String {
        let Some(article) = self.articles.get(index) else { return String::new() };
        let whole = self.slice(article.span);
        let rest = whole.strip_prefix(article.label.as_str()).unwrap_or(whole);
        let lines = rest.lines().map(|l| l.trim_matches(chars::is_space)).filter(|l| !l.is_empty());
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// A half-open range of the document's normalised text, counted in Unicode scalar values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First character.
    pub start: usize,
    /// One past the last character; `>= start`.
    pub end: usize,
}

impl Span {
    /// Length in characters.
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Whether the span covers no character.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }
}

impl From<Range<usize>> for Span {
    fn from(r: Range<usize>) -> Span {
        Span { start: r.start, end: r.end }
    }
}

/// A parsed document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// The normalised text that every [`Span`] refers to.
    pub text: String,
    /// What the text says about itself.
    pub metadata: Metadata,
    /// Where each of these values was read.
    pub sources: Sources,
    /// Headings above articles in reading order: 编, 章, 节, `一、` sections, 专栏, 附件.
    pub headings: Vec<Heading>,
    /// Articles in reading order; their spans do not overlap.
    pub articles: Vec<Article>,
    /// Clauses in reading order; their spans do not overlap.
    pub clauses: Vec<Clause>,
    /// What is not part of a clause. With the clauses it accounts for every character of `text` exactly once.
    pub skipped: Vec<Skipped>,
    /// What looked odd, for a person to check. Never a reason to refuse the document.
    pub warnings: Vec<Warning>,
}

/// A heading that groups articles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// What kind of heading it is.
    pub kind: HeadingKind,
    /// Its number as written: `一、`, `第一章`, `专栏4`, `附件1`; empty for a heading without a number.
    pub label: String,
    /// Its words without the number; empty where it has none.
    pub title: String,
    /// Number and words together.
    pub span: Span,
    /// Nesting depth, 0 outermost.
    pub depth: usize,
}

/// Kinds of heading, outermost first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeadingKind {
    /// 附件, 附表: a part of its own after the main text.
    Annex,
    /// Title of a document inside the document: what a covering letter carries (关于印发《…》的通知), or the new text
    /// behind a decision on amendments. It has no number, and is a part of its own.
    Attached,
    /// 编 of a code.
    Part,
    /// 章 of a law or regulation.
    Chapter,
    /// 节 of a law or regulation.
    Division,
    /// `一、` of a policy document.
    Section,
    /// `（一）` or `1.` above articles of a deeper level.
    Subsection,
    /// 专栏 of a plan.
    Box,
}

/// The numbered unit of a document: 第X条, （一）…, 1.… with its heading path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// What kind of unit it is.
    pub kind: ArticleKind,
    /// Its number as written, without its words: `第三条`, `（十九）`, `(一)`, `1.`, `——`; empty for [`ArticleKind::Body`].
    pub label: String,
    /// Words of a heading that belongs to the number, without the closing stop; empty where it has none. The title of a
    /// [`ArticleKind::BoxItem`] is a clause as well, since it states a measure.
    pub title: String,
    /// Headings above it, outermost first, each as `label + title`.
    pub path: Vec<String>,
    /// From its number to the end of its last character, notes included, trailing white space excluded.
    pub span: Span,
    /// Responsible units as noted in the text, one a unit, without the note's own words (责任单位 and the like).
    pub responsible: Vec<String>,
}

/// Kinds of article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArticleKind {
    /// Has a number: 第X条, （一）, 1., 2.1; or is a question (问：) with its answer.
    Numbered,
    /// A `——` item of a 专栏.
    BoxItem,
    /// Text under a heading, or before the first one, that carries no number of its own.
    Body,
}

/// The unit that is embedded, ranked and shown: one measure, target or rule, a sentence-sized part of an article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clause {
    /// Where it stands in the document.
    pub span: Span,
    /// Its text, equal to the document's text at `span`.
    pub text: String,
    /// Index of its article in [`Document::articles`].
    pub article: usize,
    /// Its own number within the article, as one would cite it (`第二款第（三）项`, `——`, `1.`); empty where it has none.
    pub label: String,
    /// The sentence that introduces the list it is an item of (`…应当遵守下列规定：`, `有下列行为之一的，处…罚款。`), which
    /// it cannot be read without: the span of another clause. `None` for whole sentences.
    pub lead_in: Option<Span>,
}

/// A range of the text that is not part of a clause, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Where it stands.
    pub span: Span,
    /// Why it is not a clause.
    pub reason: SkipReason,
}

/// Why a range of the text is not part of a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// White space between clauses.
    Space,
    /// The document's title, 文号, date of adoption and the like.
    Front,
    /// A heading alone, or the number of an article or item.
    Heading,
    /// A table of contents that repeats the headings.
    Contents,
    /// Addressees: 各县市区人民政府：
    Salutation,
    /// Issuer and date at the end.
    Signature,
    /// A note of responsible units.
    Responsible,
    /// Navigation, font size, share bar, copyright and other furniture of a web page.
    Furniture,
    /// Punctuation or symbols with no words.
    Symbols,
}

/// Something odd in the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Where.
    pub span: Span,
    /// What, for a person.
    pub message: String,
}
