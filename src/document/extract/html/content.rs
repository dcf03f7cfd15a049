//! Which part of a page is the document.
//!
//! Content management systems name the box of the text; where a page has such a box, and it holds most of the page's
//! sentences, that is the document. Else everything is, but for what is plainly furniture, from the first box on in
//! which the sentences stand: in doubt a line is text, and the parser drops what it knows as furniture.

use super::tree::{Id, Kind, ROOT, Tree};
use super::visible::{is_block, is_chrome, is_hidden};
use crate::document::is_han;

/// Names of the box of the text, as ids and classes, in lower case; the surer ones first.
const BOXES: &[&str] = &[
    "trs_editor",
    "trs_ueditor",
    "ucap-content",
    "ucapcontent",
    "vsb_content",
    "vsb_content_2",
    "v_news_content",
    "wp_articlecontent",
    "ewb-article-info",
    "ewb-info-content",
    "ewb-article-content",
    "zoom",
    "zoomcon",
    "textzoom",
    "pages_content",
    "article-content",
    "article_content",
    "articlecontent",
    "arc_content",
    "news_content",
    "newscontent",
    "xxgk_content",
    "xxgk-content",
    "bt-article",
    "bt_content",
    "infocontent",
    "info-content",
    "content_box",
    "con_text",
    "view",
    "contentbox",
    "content-text",
    "contenttext",
    "main-content",
    "article",
    "zwxl-article",
    "content",
    "con",
    "detail",
    "text",
];

/// Figures of an element and what is in it.
#[derive(Debug, Clone, Copy, Default)]
struct Figures {
    /// Chinese characters of sentences outside of links; those of other text count a quarter.
    prose: usize,
    /// Characters in links.
    linked: usize,
    /// All characters.
    all: usize,
    /// Links.
    links: usize,
}

/// The document in a page.
#[derive(Debug)]
pub(super) struct Content {
    /// The boxes that hold it, in order.
    pub(super) boxes: Vec<Id>,
    /// For every node whether it stands around the document, or in it but is no part of it.
    pub(super) left_out: Vec<bool>,
}

/// Finds the document.
pub(super) fn content(tree: &Tree) -> Content {
    let order = visible(tree);
    let figures = figures(tree, &order);
    let of = |id: Id| figures.get(id).copied().unwrap_or_default();
    let total = of(ROOT).prose;
    let named = BOXES.iter().find_map(|name| {
        let boxes = named(tree, name);
        (!boxes.is_empty() && boxes.iter().map(|id| of(*id).prose).sum::<usize>() * 10 >= total * 6 && total > 0)
            .then_some(boxes)
    });
    let mut left_out = vec![false; tree.nodes.len()];
    let boxes = named.clone().unwrap_or_else(|| vec![ROOT]);
    for id in order {
        let f = of(id);
        // Furniture by its name, unless much of the text is in it; the body of some pages is called `position`.
        let furniture = is_chrome(tree, id) && f.prose * 10 < total * 2;
        let links = named.is_none() && is_link_list(tree, id, f);
        if let Some(out) = left_out.get_mut(id) {
            *out = (furniture || links) && !boxes.contains(&id);
        }
    }
    if named.is_none() {
        leave_out_before(tree, total, &of, &mut left_out);
    }
    Content { boxes, left_out }
}

/// The nodes that can be seen, parents before children.
fn visible(tree: &Tree) -> Vec<Id> {
    let mut order = Vec::with_capacity(tree.nodes.len());
    tree.walk(ROOT, |id| {
        let seen = !is_hidden(tree, id);
        if seen {
            order.push(id);
        }
        seen
    });
    order
}

fn figures(tree: &Tree, order: &[Id]) -> Vec<Figures> {
    let mut figures = vec![Figures::default(); tree.nodes.len()];
    // Parents first, so that it is known of each node whether it is in a link.
    let mut in_link = vec![false; tree.nodes.len()];
    for id in order {
        let Some(node) = tree.nodes.get(*id) else { continue };
        let parent = node.parent.and_then(|parent| in_link.get(parent).copied()).unwrap_or(false);
        let link = tree.name(*id) == "a";
        if let (Some(inside), Some(own)) = (in_link.get_mut(*id), figures.get_mut(*id)) {
            *inside = parent || link;
            own.links = usize::from(link);
            if let Kind::Text(words) = &node.kind {
                own.all = words.chars().filter(|c| !c.is_whitespace()).count();
                let han = words.chars().filter(|c| is_han(*c)).count();
                let sentence = han >= 20 || words.contains(['。', '；', '，', '：', ';', ',']);
                (own.prose, own.linked) = match (*inside, sentence) {
                    (true, _) => (0, own.all),
                    (false, true) => (han, 0),
                    (false, false) => (han / 4, 0),
                };
            }
        }
    }
    for id in order.iter().rev() {
        let own = figures.get(*id).copied().unwrap_or_default();
        let parent = tree.nodes.get(*id).and_then(|node| node.parent);
        if let Some(sum) = parent.and_then(|parent| figures.get_mut(parent)) {
            sum.prose += own.prose;
            sum.linked += own.linked;
            sum.all += own.all;
            sum.links += own.links;
        }
    }
    figures
}

/// The outermost elements of a class or id, hidden ones left out.
fn named(tree: &Tree, name: &str) -> Vec<Id> {
    let mut found = Vec::new();
    tree.walk(ROOT, |id| {
        if is_hidden(tree, id) {
            return false;
        }
        let is = (name == "article" && tree.name(id) == "article")
            || ["class", "id"]
                .into_iter()
                .filter_map(|kind| tree.attribute(id, kind))
                .any(|value| value.split_ascii_whitespace().take(20).any(|word| word.eq_ignore_ascii_case(name)));
        if is {
            found.push(id);
        }
        !is
    });
    found
}

/// Whether an element is a list of links: a menu, related pages. A list of annexes is none.
fn is_link_list(tree: &Tree, id: Id, f: Figures) -> bool {
    let list = is_block(tree, id) && f.links >= 3 && f.linked * 10 >= f.all * 7 && f.prose < 40;
    list && !begins_as_annex(tree, id)
}

fn begins_as_annex(tree: &Tree, id: Id) -> bool {
    let mut first = String::new();
    tree.walk(id, |id| {
        if let Some(Kind::Text(words)) = tree.nodes.get(id).map(|node| &node.kind)
            && first.is_empty()
        {
            first = words.trim().chars().take(4).collect();
        }
        first.is_empty() && !is_hidden(tree, id)
    });
    first.starts_with("附件") || first.starts_with("附：")
}

/// Leaves out what stands before the box of the sentences: going inwards from the page, the elements before the one
/// that holds nearly all of them.
fn leave_out_before(tree: &Tree, total: usize, of: &dyn Fn(Id) -> Figures, left_out: &mut [bool]) {
    let mut at = ROOT;
    loop {
        let children = tree.children(at);
        let Some(place) = children.iter().position(|id| of(*id).prose * 10 >= total * 8) else { return };
        if total == 0 {
            return;
        }
        for before in children.get(..place).unwrap_or(&[]) {
            // Sentences before the box are text; the title is looked for by itself.
            if of(*before).prose < 20
                && let Some(out) = left_out.get_mut(*before)
            {
                *out = true;
            }
        }
        match children.get(place) {
            // A paragraph is no box: what stands before it in its own box belongs to the text.
            Some(next) if is_block(tree, *next) && tree.children(*next).iter().any(|id| is_block(tree, *id)) => {
                at = *next
            }
            Some(next) if !is_block(tree, *next) && !tree.children(*next).is_empty() => at = *next,
            _ => return,
        }
    }
}
