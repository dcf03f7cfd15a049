//! What styles say about numbering and hidden text; the rest of them is looks.

use std::collections::HashMap;

use roxmltree::Node;

use super::xml::{child, number, on, value};

/// Longest chain of `basedOn` that is followed; Word allows some ten.
const MAX_CHAIN: usize = 32;

/// The number of a paragraph: which list, which level.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct NumberRef {
    /// `numId`; 0 says that there is no number.
    pub(super) list: Option<u32>,
    /// `ilvl`, 0 outermost.
    pub(super) level: Option<usize>,
}

impl NumberRef {
    /// What a `numPr` element says.
    pub(super) fn read(properties: Node) -> NumberRef {
        let Some(node) = child(properties, "numPr") else { return NumberRef::default() };
        NumberRef {
            list: child(node, "numId").and_then(value).and_then(number),
            level: child(node, "ilvl").and_then(value).and_then(number).map(|l| l as usize),
        }
    }
}

#[derive(Debug, Default)]
struct Style {
    based_on: Option<String>,
    number: NumberRef,
    hidden: Option<bool>,
}

/// The styles of a document by id.
#[derive(Debug, Default)]
pub(super) struct Styles {
    styles: HashMap<String, Style>,
    default_paragraph: Option<String>,
}

impl Styles {
    /// Reads `styles.xml`.
    pub(super) fn read(root: Node) -> Styles {
        let mut out = Styles::default();
        for node in root.children().filter(|n| n.tag_name().name() == "style") {
            let Some(id) = super::xml::attribute(node, "styleId") else { continue };
            let paragraph = super::xml::attribute(node, "type") == Some("paragraph");
            if paragraph && matches!(super::xml::attribute(node, "default"), Some("1" | "true" | "on")) {
                out.default_paragraph = Some(id.to_owned());
            }
            let style = Style {
                based_on: child(node, "basedOn").and_then(value).map(str::to_owned),
                number: child(node, "pPr").map(NumberRef::read).unwrap_or_default(),
                hidden: child(node, "rPr").and_then(|r| on(r, "vanish")),
            };
            out.styles.insert(id.to_owned(), style);
        }
        out
    }

    /// The style and those it is based on, nearest first.
    fn chain<'s>(&'s self, id: &str) -> impl Iterator<Item = (&'s str, &'s Style)> {
        let mut next = self.styles.get_key_value(id);
        let chain = std::iter::from_fn(move || {
            let (id, style) = next?;
            next = style.based_on.as_ref().and_then(|b| self.styles.get_key_value(b));
            Some((id.as_str(), style))
        });
        chain.take(MAX_CHAIN)
    }

    /// The number that a paragraph style (or the default one) gives, and the style that names the list: lists may tie
    /// a level to it.
    pub(super) fn number(&self, id: Option<&str>) -> (NumberRef, Option<&str>) {
        let Some(id) = id.or(self.default_paragraph.as_deref()) else { return (NumberRef::default(), None) };
        let mut level = None;
        for (name, style) in self.chain(id) {
            level = level.or(style.number.level);
            if style.number.list.is_some() {
                return (NumberRef { list: style.number.list, level }, Some(name));
            }
        }
        (NumberRef::default(), None)
    }

    /// Whether text of this style is hidden.
    pub(super) fn hidden(&self, id: Option<&str>) -> Option<bool> {
        self.chain(id?).find_map(|(_, style)| style.hidden)
    }

    /// The list that a numbering style names.
    pub(super) fn list_of_numbering_style(&self, id: &str) -> Option<u32> {
        self.chain(id).find_map(|(_, style)| style.number.list)
    }
}
