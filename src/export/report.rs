//! What a file tells, whatever its format.

use crate::difference::{Edit, EditKind};
use crate::document::Span;
use crate::error::Result;
use crate::search::Relation;
use crate::store::Store;

/// Language of the words around the texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// 中文.
    #[default]
    Chinese,
    /// English.
    English,
}

impl Language {
    /// The wording in this language.
    pub fn of<'a>(self, chinese: &'a str, english: &'a str) -> &'a str {
        match self {
            Language::Chinese => chinese,
            Language::English => english,
        }
    }
}

/// What a file was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Documents in the corpus.
    pub documents: usize,
    /// Clauses in the corpus.
    pub clauses: usize,
    /// Where the corpus is kept.
    pub corpus: String,
    /// Name and digest of the model.
    pub model: String,
    /// Settings of the job, in order: name and value.
    pub settings: Vec<(String, String)>,
    /// When it was made, to the second, in UTC.
    pub made: String,
}

impl About {
    /// What a result of this store's documents was made from, now.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn of(store: &Store, settings: Vec<(String, String)>) -> Result<About> {
        let (documents, clauses) = store.extent()?;
        let corpus = store.folder().display().to_string();
        Ok(About { documents, clauses, corpus, model: store.model().to_owned(), settings, made: now() })
    }

    /// What a result of two texts was made from, without a store, now.
    pub fn without_store(model: &str) -> About {
        About {
            documents: 0,
            clauses: 0,
            corpus: "—".to_owned(),
            model: model.to_owned(),
            settings: Vec::new(),
            made: now(),
        }
    }

    /// Its lines: name and value.
    pub(super) fn lines(&self, language: Language) -> Vec<(String, String)> {
        let t = |chinese, english| language.of(chinese, english).to_owned();
        let corpus = match language {
            Language::Chinese => format!("{}（{} 份文件，{} 个条款）", self.corpus, self.documents, self.clauses),
            Language::English => format!("{} ({} documents, {} clauses)", self.corpus, self.documents, self.clauses),
        };
        let settings = self.settings.iter().map(|(name, value)| format!("{name}={value}"));
        let settings = settings.collect::<Vec<_>>().join(language.of("；", "; "));
        vec![
            (t("语料", "Corpus"), corpus),
            (t("模型", "Model"), self.model.clone()),
            (t("设置", "Settings"), settings),
            (t("生成时间", "Made"), self.made.clone()),
            (t("程序", "Program"), format!("Clausewise {}", env!("CARGO_PKG_VERSION"))),
        ]
    }
}

fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// What became of a run of characters beside its counterpart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The other side has it, too.
    Same,
    /// The other side has it not, or in other words.
    Differs,
}

/// A run of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its text.
    pub text: String,
    /// What became of it.
    pub mark: Mark,
}

impl Run {
    /// A text of which nothing is marked.
    pub fn plain(text: impl Into<String>) -> Vec<Run> {
        vec![Run { text: text.into(), mark: Mark::Same }]
    }
}

/// Both sides of a comparison as runs, the differing ones marked.
///
/// # Examples
/// ```
/// use clausewise::difference::edits;
/// use clausewise::export::{Mark, mark};
/// let (left, right) = ("合格率达到97%以上。", "合格率达到98.5%以上。");
/// let (left, _) = mark(left, right, &edits(left, right));
/// let differing: Vec<&str> = left.iter().filter(|r| r.mark == Mark::Differs).map(|r| r.text.as_str()).collect();
/// assert_eq!(differing, ["97"]);
/// ```
pub fn mark(left: &str, right: &str, edits: &[Edit]) -> (Vec<Run>, Vec<Run>) {
    let runs = |text: &str, side: fn(&Edit) -> Span| -> Vec<Run> {
        let characters: Vec<char> = text.chars().collect();
        let mut runs = Vec::new();
        for edit in edits {
            let span = side(edit);
            let Some(piece) = characters.get(span.start..span.end).filter(|piece| !piece.is_empty()) else { continue };
            let mark = if edit.kind == EditKind::Equal { Mark::Same } else { Mark::Differs };
            runs.push(Run { text: piece.iter().collect(), mark });
        }
        if runs.is_empty() { Run::plain(text) } else { runs }
    };
    (runs(left, |edit| edit.left), runs(right, |edit| edit.right))
}

/// A passage and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// Its text.
    pub runs: Vec<Run>,
    /// Where it stands, as one would cite it: title, 文号, date, article. Empty where that is plain.
    pub citation: String,
}

impl Passage {
    /// Its text without marks.
    pub fn text(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }
}

/// What a row is coloured by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing stands out.
    #[default]
    Plain,
    /// Word for word.
    Verbatim,
    /// Mostly copied.
    Edited,
    /// The same measure in other words.
    Equivalent,
    /// The topic only.
    Related,
    /// One side has no counterpart.
    Alone,
}

impl Tone {
    /// Its colour, a light one that print survives: red, green, blue in hexadecimal.
    pub(super) fn colour(self) -> Option<&'static str> {
        match self {
            Tone::Plain => None,
            Tone::Verbatim => Some("E2F0D9"),
            Tone::Edited => Some("FFF2CC"),
            Tone::Equivalent => Some("DDEBF7"),
            Tone::Related => Some("EDEDED"),
            Tone::Alone => Some("FCE4D6"),
        }
    }
}

impl From<Relation> for Tone {
    fn from(relation: Relation) -> Tone {
        match relation {
            Relation::Verbatim => Tone::Verbatim,
            Relation::Edited => Tone::Edited,
            Relation::Equivalent => Tone::Equivalent,
            Relation::Related => Tone::Related,
            Relation::None => Tone::Plain,
        }
    }
}

/// Two passages side by side; at least one is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// What stands on the left.
    pub left: Option<Passage>,
    /// What stands on the right.
    pub right: Option<Passage>,
    /// What it is coloured by.
    pub tone: Tone,
    /// How they relate, in a word or two.
    pub relation: String,
    /// Chance in [0, 1] that they are equivalent, where one was computed.
    pub probability: Option<f32>,
    /// What differs in substance, a line each: figures, deadlines, strength.
    pub notes: Vec<String>,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A text.
    Text(String),
    /// A count or a measure.
    Number(f64),
    /// A share in [0, 1], shown in per cent.
    Share(f64),
    /// A text with marks.
    Marked(Vec<Run>),
}

impl Cell {
    /// A text; empty for none.
    pub fn text(text: impl Into<Option<String>>) -> Cell {
        Cell::Text(text.into().unwrap_or_default())
    }

    /// The cell as plain text.
    pub(super) fn plain(&self) -> String {
        match self {
            Cell::Text(text) => text.clone(),
            Cell::Number(number) => number.to_string(),
            Cell::Share(share) => format!("{:.1}%", share * 100.0),
            Cell::Marked(runs) => runs.iter().map(|run| run.text.as_str()).collect(),
        }
    }
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRow {
    /// What it is coloured by.
    pub tone: Tone,
    /// One a column.
    pub cells: Vec<Cell>,
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its name, which a sheet bears: at most 31 characters of it.
    pub name: String,
    /// Heads of the columns, with their widths in characters of a Western font.
    pub columns: Vec<(String, f64)>,
    /// The rows.
    pub rows: Vec<TableRow>,
}

/// A job's result as a person would file it.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What it is.
    pub title: String,
    /// What it was made from.
    pub about: About,
    /// Language of the words around the texts.
    pub language: Language,
    /// The summary: name and value.
    pub figures: Vec<(String, String)>,
    /// What the two sides of the pairs are called.
    pub sides: [String; 2],
    /// Passages side by side, in order.
    pub pairs: Vec<Pair>,
    /// Tables beside them.
    pub tables: Vec<Table>,
    /// Whether the tables come before the pairs: the first of all is what CSV holds.
    pub tables_lead: bool,
}

impl Report {
    /// The tables of a spreadsheet, the pairs among them, in order.
    pub(super) fn sheets(&self) -> Vec<Table> {
        let mut sheets = self.tables.clone();
        if !self.pairs.is_empty() {
            let at = if self.tables_lead { sheets.len() } else { 0 };
            sheets.insert(at, self.pair_table());
        }
        sheets
    }

    /// The pairs as a table.
    fn pair_table(&self) -> Table {
        let t = |chinese, english| self.language.of(chinese, english).to_owned();
        let [left, right] = &self.sides;
        let place = |side: &String| match self.language {
            Language::Chinese => format!("{side}出处"),
            Language::English => format!("{side}: place"),
        };
        let columns = vec![
            (left.clone(), 60.0),
            (place(left), 24.0),
            (t("关系", "Relation"), 10.0),
            (t("概率", "Probability"), 9.0),
            (right.clone(), 60.0),
            (place(right), 40.0),
            (t("实质差异", "Differences"), 40.0),
        ];
        let passage = |passage: &Option<Passage>| match passage {
            Some(passage) => [Cell::Marked(passage.runs.clone()), Cell::Text(passage.citation.clone())],
            None => [Cell::text(None), Cell::text(None)],
        };
        let rows = self.pairs.iter().map(|pair| {
            let [left, left_place] = passage(&pair.left);
            let [right, right_place] = passage(&pair.right);
            let probability = pair.probability.map_or(Cell::text(None), |p| Cell::Share(f64::from(p)));
            let cells = vec![
                left,
                left_place,
                Cell::Text(pair.relation.clone()),
                probability,
                right,
                right_place,
                Cell::Text(pair.notes.join("\n")),
            ];
            TableRow { tone: pair.tone, cells }
        });
        Table { name: t("对照表", "Side by side"), columns, rows: rows.collect() }
    }
}
