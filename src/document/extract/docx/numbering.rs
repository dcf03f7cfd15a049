//! Numbers that Word generates: what the page shows before a paragraph and the text of the paragraph does not hold.
//!
//! `numbering.xml` has abstract lists (levels with format, text and start) and lists (`num`) that use one and may
//! override it. Counters belong to the abstract list, so that lists which share one count on; an override of the start
//! begins again where its list is first used.

use std::collections::{HashMap, HashSet};

use roxmltree::Node;

use super::numerals;
use super::styles::{NumberRef, Styles};
use super::xml::{attribute, child, number, on, value};

/// Levels of a list, by the format.
const LEVELS: usize = 9;

#[derive(Debug, Clone, Default)]
struct Level {
    start: Option<u32>,
    /// Name of the number format; `bullet` and `none` have no number.
    format: String,
    text: String,
    /// All numbers in this level are written in decimal digits.
    legal: bool,
    /// `lvlRestart`: 0 never, n after a level above n.
    restart: Option<usize>,
    /// `suff` is not `nothing`: white space between number and text.
    spaced: bool,
    style: Option<String>,
}

#[derive(Debug, Clone, Default)]
struct List {
    levels: Vec<Option<Level>>,
    /// Takes its levels from a numbering style.
    linked: Option<String>,
}

#[derive(Debug, Default)]
struct Num {
    list: u32,
    starts: Vec<(usize, u32)>,
    levels: Vec<(usize, Level)>,
}

/// The lists of a document and how far each has counted.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    lists: HashMap<u32, List>,
    nums: HashMap<u32, Num>,
    counters: HashMap<u32, [Option<u32>; LEVELS]>,
    begun: HashSet<u32>,
    /// Number formats that are not known and were written in decimal digits.
    pub(super) unknown: HashSet<String>,
}

impl Numbering {
    /// Reads `numbering.xml`.
    pub(super) fn read(root: Node) -> Numbering {
        let mut out = Numbering::default();
        for node in root.children() {
            match node.tag_name().name() {
                "abstractNum" => {
                    let Some(id) = attribute(node, "abstractNumId").and_then(number) else { continue };
                    let mut list = List {
                        linked: child(node, "numStyleLink").and_then(value).map(str::to_owned),
                        levels: vec![None; LEVELS],
                    };
                    for (at, level) in levels(node) {
                        if let Some(slot) = list.levels.get_mut(at) {
                            *slot = Some(level);
                        }
                    }
                    out.lists.insert(id, list);
                }
                "num" => {
                    let Some(id) = attribute(node, "numId").and_then(number) else { continue };
                    let Some(list) = child(node, "abstractNumId").and_then(value).and_then(number) else { continue };
                    let mut num = Num { list, ..Num::default() };
                    for o in node.children().filter(|n| n.tag_name().name() == "lvlOverride") {
                        let Some(at) = attribute(o, "ilvl").and_then(number) else { continue };
                        if let Some(start) = child(o, "startOverride").and_then(value).and_then(number) {
                            num.starts.push((at as usize, start));
                        }
                        num.levels.extend(levels(o));
                    }
                    out.nums.insert(id, num);
                }
                _ => {}
            }
        }
        out
    }

    /// The number before the next paragraph, with the space that follows it; counts on. Empty where there is none.
    ///
    /// `direct` is the paragraph's own `numPr`, `style` its style.
    pub(super) fn next(&mut self, direct: NumberRef, style: Option<&str>, styles: &Styles) -> String {
        let (from_style, naming) = styles.number(style);
        let Some(list) = direct.list.or(from_style.list).filter(|n| *n != 0) else { return String::new() };
        let Some(num) = self.nums.get(&list) else { return String::new() };
        let abstract_id = self.resolve(num.list, styles);
        let Some(levels) = self.lists.get(&abstract_id) else { return String::new() };
        let tied = |name: Option<&str>| {
            levels
                .levels
                .iter()
                .position(|l| l.as_ref().is_some_and(|l| l.style.is_some() && l.style.as_deref() == name))
        };
        let level = match direct.list {
            Some(_) => direct.level.or(from_style.level),
            None => direct.level.or(tied(naming)).or(from_style.level),
        };
        let level = level.unwrap_or(0).min(LEVELS - 1);

        let own = |at: usize| num.levels.iter().find(|(l, _)| *l == at).map(|(_, l)| l);
        let find = |at: usize| own(at).or_else(|| levels.levels.get(at)?.as_ref());
        let overridden = |at: usize| num.starts.iter().find(|(l, _)| *l == at).map(|(_, s)| *s);
        let start = |at: usize| overridden(at).or_else(|| find(at)?.start).unwrap_or(1);
        let Some(shown) = find(level) else { return String::new() };

        let counters = self.counters.entry(abstract_id).or_default();
        if self.begun.insert(list) {
            for (at, _) in &num.starts {
                if let Some(counter) = counters.get_mut(*at) {
                    *counter = None;
                }
            }
        }
        for (at, counter) in counters.iter_mut().enumerate() {
            if at < level {
                // A level that was passed over shows, and keeps, its first number.
                counter.get_or_insert_with(|| start(at));
            } else if at == level {
                *counter = Some(counter.map_or_else(|| start(at), |n| n.saturating_add(1)));
            } else if find(at).and_then(|l| l.restart).is_none_or(|after| level < after) {
                *counter = None;
            }
        }

        let mut unknown = Vec::new();
        let mut text = String::new();
        let mut signs = shown.text.chars().peekable();
        while let Some(c) = signs.next() {
            let place = (c == '%').then(|| signs.peek().and_then(|d| d.to_digit(10))).flatten();
            let Some(at) = place.and_then(|d| (d as usize).checked_sub(1)).filter(|at| *at < LEVELS) else {
                text.push(if shown.format == "bullet" { super::symbols::shown(c).unwrap_or('•') } else { c });
                continue;
            };
            signs.next();
            let format = match find(at) {
                Some(l) if shown.legal && l.format != "none" => "decimal",
                Some(l) => l.format.as_str(),
                None => "decimal",
            };
            if matches!(format, "none" | "bullet") {
                continue;
            }
            let n = counters.get(at).copied().flatten().unwrap_or_else(|| start(at));
            text.push_str(&numerals::format(format, n).unwrap_or_else(|| {
                unknown.push(format.to_owned());
                n.to_string()
            }));
        }
        if !text.is_empty() && shown.spaced {
            text.push(' ');
        }
        self.unknown.extend(unknown);
        text
    }

    /// Follows a link of an abstract list to a numbering style, which names the list that has the levels.
    fn resolve(&self, id: u32, styles: &Styles) -> u32 {
        let linked = self.lists.get(&id).and_then(|l| l.linked.as_deref());
        let target = linked.and_then(|style| styles.list_of_numbering_style(style));
        let target = target.and_then(|list| self.nums.get(&list)).map(|num| num.list);
        target.unwrap_or(id)
    }
}

/// The `lvl` elements below a list or an override.
fn levels(node: Node) -> impl Iterator<Item = (usize, Level)> {
    node.children().filter(|n| n.tag_name().name() == "lvl").filter_map(|node| {
        let at = attribute(node, "ilvl").and_then(number)? as usize;
        let of = |name: &str| child(node, name).and_then(value);
        // Formats of later versions of Word stand in a choice with a fallback; the first one is meant.
        let format = of("numFmt").or_else(|| {
            node.children().flat_map(|n| n.descendants()).find(|n| n.tag_name().name() == "numFmt").and_then(value)
        });
        let level = Level {
            start: of("start").and_then(number),
            format: format.unwrap_or("decimal").to_owned(),
            text: of("lvlText").unwrap_or("").to_owned(),
            legal: on(node, "isLgl").unwrap_or(false),
            restart: of("lvlRestart").and_then(number).map(|n| n as usize),
            spaced: of("suff") != Some("nothing"),
            style: of("pStyle").map(str::to_owned),
        };
        (at < LEVELS).then_some((at, level))
    })
}
