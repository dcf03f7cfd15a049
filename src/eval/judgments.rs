//! The file format of relevance judgments: JSON lines, one judged query a line.
//!
//! ```json
//! {"qid": "a1", "kind": "clause", "unit": "clause", "query": "…", "query_doc": "huairen-2023",
//!  "matches": [{"doc": "taian-2018", "quote": "…", "grade": 2}]}
//! ```
//!
//! Fields that are read are checked strictly; a judgment that is misread would only show as a wrong figure. Fields of
//! other names are passed over, because judges leave notes for each other (`why`, `query_quote`).

use std::fmt;
use std::path::Path;

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::search::{Request, Unit};

/// Judgments of this grade and above are precedents; those below are tempting wrong answers.
pub const PRECEDENT: u8 = 2;

/// The highest grade: the same measure in nearly the same words.
pub const BEST: u8 = 3;

/// What a query stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QueryKind {
    /// A clause or article of a document, whose precedents in other documents are wanted.
    Clause,
    /// Words that a user would type.
    Text,
    /// A drafted paragraph of several measures.
    Draft,
}

impl QueryKind {
    /// Every kind, in the order of reports.
    pub const ALL: [QueryKind; 3] = [QueryKind::Clause, QueryKind::Text, QueryKind::Draft];

    /// The word for it in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            QueryKind::Clause => "clause",
            QueryKind::Text => "text",
            QueryKind::Draft => "draft",
        }
    }
}

impl fmt::Display for QueryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A query whose right answers are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedQuery {
    /// Its id (`qid`), for people.
    pub id: String,
    /// What it stands for (`kind`).
    pub kind: QueryKind,
    /// What is ranked (`unit`); clauses when the file does not say.
    pub unit: Unit,
    /// The words to look for (`query`).
    pub text: String,
    /// The document it was taken from (`query_doc`), which the search leaves out.
    pub own_document: Option<String>,
    /// What was judged (`matches`); everything else in the corpus is taken to be of grade 0.
    pub judgments: Vec<Judgment>,
    /// Parts of a draft that have no precedent (`novel`).
    pub novel: Vec<String>,
}

impl JudgedQuery {
    /// The grades of the precedents, in the order of the file; empty for a query without precedent.
    pub fn precedents(&self) -> Vec<u8> {
        self.judgments.iter().map(|judgment| judgment.grade).filter(|grade| *grade >= PRECEDENT).collect()
    }
}

/// One judged passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgment {
    /// Id of the document it stands in (`doc`).
    pub document: String,
    /// The passage in the document's words: `text`, or `quote` where there is no `text`.
    pub passage: String,
    /// 3 the same measure in nearly the same words, 2 an equivalent measure, 1 the topic only, 0 nothing (`grade`).
    pub grade: u8,
    /// The part of a draft that it answers (`part`).
    pub part: Option<String>,
}

/// Reads a file of judgments.
///
/// # Errors
/// [`Error::Io`]; [`Error::Invalid`] naming file, line and field for a line of another form, and for a file without
/// queries.
pub fn read(file: &Path) -> Result<Vec<JudgedQuery>> {
    let text = std::fs::read_to_string(file).map_err(Error::io(file))?;
    parse(&text, &file.display().to_string())
}

/// Parses the lines of a file; blank lines are passed over. `name` stands for the file in errors.
fn parse(text: &str, name: &str) -> Result<Vec<JudgedQuery>> {
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    let queries: Vec<JudgedQuery> = lines
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| parse_line(line, format!("{name} line {}", number + 1)))
        .collect::<Result<_>>()?;
    if queries.is_empty() {
        return Err(Error::invalid(name, "at least one judged query", "none"));
    }
    Ok(queries)
}

fn parse_line(line: &str, place: String) -> Result<JudgedQuery> {
    let value: Value =
        serde_json::from_str(line).map_err(|error| Error::invalid(&place, "a JSON object", error.to_string()))?;
    let query = Fields::of(&value, place, "")?;
    let kind = query.string("kind")?;
    let kind = QueryKind::ALL
        .into_iter()
        .find(|known| known.name() == kind)
        .ok_or_else(|| query.wrong("kind", "clause, text or draft"))?;
    let unit = match query.optional_string("unit")?.as_deref() {
        None | Some("clause") => Unit::Clause,
        Some("article") => Unit::Article,
        Some(_) => return Err(query.wrong("unit", "clause or article")),
    };
    let text = query.string("query")?;
    if kind != QueryKind::Draft && text.chars().count() > Request::MOST_CHARACTERS {
        return Err(query.wrong("query", &format!("1 to {} characters", Request::MOST_CHARACTERS)));
    }
    let matches = query.value("matches").ok_or_else(|| query.wrong("matches", "a list"))?;
    let matches = matches.as_array().ok_or_else(|| query.wrong("matches", "a list"))?;
    let judgments = matches
        .iter()
        .enumerate()
        .map(|(i, value)| parse_judgment(&Fields::of(value, query.place.clone(), &format!("matches[{i}]"))?))
        .collect::<Result<_>>()?;
    let novel = match query.value("novel") {
        None => Vec::new(),
        Some(value) => value
            .as_array()
            .and_then(|parts| parts.iter().map(filled).collect())
            .ok_or_else(|| query.wrong("novel", "a list of texts"))?,
    };
    Ok(JudgedQuery {
        id: query.string("qid")?,
        kind,
        unit,
        text,
        own_document: query.optional_string("query_doc")?,
        judgments,
        novel,
    })
}

fn parse_judgment(judgment: &Fields<'_>) -> Result<Judgment> {
    let passage = match judgment.optional_string("text")? {
        Some(text) => text,
        None => judgment
            .optional_string("quote")?
            .ok_or_else(|| judgment.wrong("quote", "the passage in the document's words, here or as `text`"))?,
    };
    let grade = judgment.value("grade").and_then(Value::as_u64).and_then(|grade| u8::try_from(grade).ok());
    Ok(Judgment {
        document: judgment.string("doc")?,
        passage,
        grade: grade
            .filter(|grade| *grade <= BEST)
            .ok_or_else(|| judgment.wrong("grade", &format!("a whole number of 0 to {BEST}")))?,
        part: judgment.optional_string("part")?,
    })
}

/// A text that is not only white space.
fn filled(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

/// The fields of one JSON object, and where it stands.
struct Fields<'a> {
    object: &'a Map<String, Value>,
    /// File and line.
    place: String,
    /// Path of the object within its line; empty for the line itself.
    path: String,
}

impl<'a> Fields<'a> {
    fn of(value: &'a Value, place: String, path: &str) -> Result<Fields<'a>> {
        match value.as_object() {
            Some(object) => Ok(Fields { object, place, path: path.to_owned() }),
            None if path.is_empty() => Err(Error::invalid(place, "a JSON object", value.to_string())),
            None => Err(Error::invalid(format!("{place}, {path}"), "a JSON object", value.to_string())),
        }
    }

    /// A field that is there and not null.
    fn value(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    fn string(&self, name: &str) -> Result<String> {
        self.optional_string(name)?.ok_or_else(|| self.wrong(name, "a text"))
    }

    fn optional_string(&self, name: &str) -> Result<Option<String>> {
        match self.value(name) {
            None => Ok(None),
            Some(value) => filled(value).map(Some).ok_or_else(|| self.wrong(name, "a text, not only white space")),
        }
    }

    fn wrong(&self, name: &str, expected: &str) -> Error {
        let dot = if self.path.is_empty() { "" } else { "." };
        let received = self.object.get(name).map_or_else(|| "nothing".to_owned(), Value::to_string);
        Error::invalid(format!("{}, {}{dot}{name}", self.place, self.path), expected, received)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(line: &str) -> String {
        parse(line, "dev.jsonl").map(|_| String::new()).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn a_line_is_read_with_its_defaults_and_notes_are_passed_over() {
        let text = concat!(
            "\u{feff}",
            r#"{"qid":"a","kind":"clause","query":"推行首席质量官","query_doc":"甲","query_quote":"…","#,
            r#""matches":[{"doc":"乙","quote":"首席质量官","grade":3,"why":"same"},"#,
            r#"{"doc":"丙","quote":"x","text":"质量官制度","grade":1,"id":"丙#3"}]}"#,
            "\r\n\n",
            r#"{"qid":"b","kind":"draft","unit":"article","query":"草案","query_doc":null,"novel":["新"],"#,
            r#""matches":[{"doc":"乙","quote":"首席质量官","grade":2,"part":"草"}]}"#,
        );
        let queries = parse(text, "dev.jsonl").unwrap();
        assert_eq!(queries.len(), 2);
        let (a, b) = (&queries[0], &queries[1]);
        assert_eq!((a.id.as_str(), a.kind, a.unit), ("a", QueryKind::Clause, Unit::Clause));
        assert_eq!(a.own_document.as_deref(), Some("甲"));
        assert_eq!(a.judgments[0].passage, "首席质量官");
        assert_eq!(a.judgments[1].passage, "质量官制度", "`text` wins over `quote`");
        assert_eq!(a.precedents(), [3]);
        assert_eq!((b.kind, b.unit, b.own_document.as_ref()), (QueryKind::Draft, Unit::Article, None));
        assert_eq!(b.judgments[0].part.as_deref(), Some("草"));
        assert_eq!(b.novel, ["新"]);
    }

    #[test]
    fn an_error_names_file_line_and_field() {
        let line = |rest: &str| format!(r#"{{"qid":"a","kind":"text","query":"问"{rest}}}"#);
        let judged =
            |judgment: &str| line(&format!(r#","matches":[{{"doc":"甲","quote":"乙","grade":2}},{judgment}]"#));
        let cases = [
            (format!("\n{}", line("")), "dev.jsonl line 2, matches: expected a list, received nothing"),
            (
                line(r#","matches":[],"unit":"page""#),
                "dev.jsonl line 1, unit: expected clause or article, received \"page\"",
            ),
            (
                judged(r#"{"doc":"甲","quote":"乙","grade":4}"#),
                "dev.jsonl line 1, matches[1].grade: expected a whole number of 0 to 3, received 4",
            ),
            (
                judged(r#"{"doc":"甲","grade":2}"#),
                "dev.jsonl line 1, matches[1].quote: expected the passage in the document's words, here or as `text`, \
                 received nothing",
            ),
            (
                judged(r#"{"doc":"甲","quote":" ","grade":2}"#),
                "dev.jsonl line 1, matches[1].quote: expected a text, not only white space, received \" \"",
            ),
            (judged("7"), "dev.jsonl line 1, matches[1]: expected a JSON object, received 7"),
            (
                line(r#","matches":[],"novel":"新""#),
                "dev.jsonl line 1, novel: expected a list of texts, received \"新\"",
            ),
            (
                r#"{"qid":"a","kind":"words","query":"问","matches":[]}"#.to_owned(),
                "dev.jsonl line 1, kind: expected clause, text or draft, received \"words\"",
            ),
            (
                r#"{"qid":7,"kind":"text","query":"问","matches":[]}"#.to_owned(),
                "dev.jsonl line 1, qid: expected a text, not only white space, received 7",
            ),
            ("[1]".to_owned(), "dev.jsonl line 1: expected a JSON object, received [1]"),
            (" \n".to_owned(), "dev.jsonl: expected at least one judged query, received none"),
        ];
        for (text, expected) in cases {
            assert_eq!(error(&text), expected);
        }
        let broken = error("{\"qid\":");
        assert!(broken.starts_with("dev.jsonl line 1: expected a JSON object, received EOF while parsing"), "{broken}");
    }

    #[test]
    fn a_query_longer_than_a_search_takes_is_refused_but_not_a_draft() {
        let line = |kind: &str| {
            let query = "长".repeat(Request::MOST_CHARACTERS + 1);
            format!(r#"{{"qid":"a","kind":"{kind}","query":"{query}","matches":[]}}"#)
        };
        assert!(error(&line("text")).starts_with("dev.jsonl line 1, query: expected 1 to 20000 characters"));
        assert_eq!(error(&line("draft")), "");
    }
}
