//! Markup to a tree of nodes, as a browser builds it.
//!
//! html5ever's tree builder with a sink of its own: nodes in one vector, so that nothing is freed or walked by deep
//! recursion, and bounds on depth and number, since the builder's work grows with the depth of what is open.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts};
use html5ever::{Attribute, ExpandedName, QualName, TokenizerResult, local_name, ns};

/// Elements inside of each other; browsers have a like bound (512).
const MOST_DEPTH: usize = 256;

/// Nodes of a page.
const MOST_NODES: usize = 1_000_000;

/// A node's place in [`Tree::nodes`].
pub(super) type Id = usize;

/// The root of the tree.
pub(super) const ROOT: Id = 0;

/// What a node is.
#[derive(Debug)]
pub(super) enum Kind {
    /// The root, and what has no text: comments.
    Other,
    /// An element.
    Element {
        /// Its name in lower case.
        name: Rc<QualName>,
        /// Its attributes in order.
        attributes: Vec<Attribute>,
    },
    /// Characters.
    Text(String),
}

/// A node.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) parent: Option<Id>,
    pub(super) children: Vec<Id>,
    pub(super) kind: Kind,
    depth: usize,
}

/// A page.
#[derive(Debug)]
pub(super) struct Tree {
    /// The root first; parents need not stand before their children.
    pub(super) nodes: Vec<Node>,
    /// Tags that were passed over because of the bounds.
    pub(super) dropped: usize,
}

/// Builds the tree of a page. Never fails: markup that is wrong is read as browsers read it.
pub(super) fn parse(markup: &str) -> Tree {
    let builder = TreeBuilder::new(Sink::default(), TreeBuilderOpts::default());
    let tokenizer = Tokenizer::new(Shallow { builder, dropped: Cell::new(0) }, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(markup));
    // It stops where a script asks to be run, and where the page says its encoding: both are passed over.
    while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
    tokenizer.end();
    let Shallow { builder, dropped } = tokenizer.sink;
    Tree { nodes: builder.sink.nodes.into_inner(), dropped: dropped.get() }
}

impl Tree {
    /// The name of an element; empty for other nodes.
    pub(super) fn name(&self, id: Id) -> &str {
        match self.nodes.get(id).map(|node| &node.kind) {
            Some(Kind::Element { name, .. }) => &name.local,
            _ => "",
        }
    }

    /// The value of an attribute.
    pub(super) fn attribute(&self, id: Id, wanted: &str) -> Option<&str> {
        match self.nodes.get(id).map(|node| &node.kind) {
            Some(Kind::Element { attributes, .. }) => {
                attributes.iter().find(|a| &*a.name.local == wanted).map(|a| &*a.value)
            }
            _ => None,
        }
    }

    /// The nodes inside of a node, in order.
    pub(super) fn children(&self, id: Id) -> &[Id] {
        self.nodes.get(id).map_or(&[], |node| &node.children)
    }

    /// All nodes below a node in the order of the page; those below a node that `enter` turns down are left out.
    pub(super) fn walk(&self, from: Id, mut enter: impl FnMut(Id) -> bool) {
        let mut open = vec![from];
        while let Some(id) = open.pop() {
            if enter(id) {
                open.extend(self.children(id).iter().rev());
            }
        }
    }
}

/// What the tree builder holds of a node: its place, and its name if it is an element.
#[derive(Debug, Clone)]
struct Handle {
    id: Id,
    name: Rc<QualName>,
}

struct Sink {
    nodes: RefCell<Vec<Node>>,
    /// Depth of what was opened last.
    depth: Cell<usize>,
    no_name: Rc<QualName>,
}

impl Default for Sink {
    fn default() -> Sink {
        let root = Node { parent: None, children: Vec::new(), kind: Kind::Other, depth: 0 };
        let no_name = Rc::new(QualName::new(None, ns!(), local_name!("")));
        Sink { nodes: RefCell::new(vec![root]), depth: Cell::new(0), no_name }
    }
}

impl Sink {
    fn add(&self, kind: Kind) -> Handle {
        let name = match &kind {
            Kind::Element { name, .. } => name.clone(),
            _ => self.no_name.clone(),
        };
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node { parent: None, children: Vec::new(), kind, depth: 0 });
        Handle { id: nodes.len() - 1, name }
    }

    /// Puts a node or text among the children of `parent`, before the child at `at`.
    fn insert(&self, parent: Id, at: usize, child: NodeOrText<Handle>) {
        let id = match child {
            NodeOrText::AppendNode(handle) => handle.id,
            NodeOrText::AppendText(text) => {
                if self.append_to_text(parent, at, &text) {
                    return;
                }
                self.add(Kind::Text(text.to_string())).id
            }
        };
        self.detach(id);
        let mut nodes = self.nodes.borrow_mut();
        let depth = nodes.get(parent).map_or(0, |p| p.depth) + 1;
        let Some(node) = nodes.get_mut(id) else { return };
        node.parent = Some(parent);
        node.depth = depth;
        if matches!(node.kind, Kind::Element { .. }) {
            self.depth.set(depth);
        }
        if let Some(parent) = nodes.get_mut(parent) {
            let at = at.min(parent.children.len());
            parent.children.insert(at, id);
        }
    }

    /// Joins text to the text before it, if that is what stands there.
    fn append_to_text(&self, parent: Id, at: usize, text: &str) -> bool {
        let mut nodes = self.nodes.borrow_mut();
        let before = nodes.get(parent).and_then(|p| p.children.get(at.checked_sub(1)?).copied());
        match before.and_then(|id| nodes.get_mut(id)).map(|node| &mut node.kind) {
            Some(Kind::Text(words)) => {
                words.push_str(text);
                true
            }
            _ => false,
        }
    }

    fn end_of(&self, parent: Id) -> usize {
        self.nodes.borrow().get(parent).map_or(0, |p| p.children.len())
    }

    /// Where a node stands among the children of its parent. Asked of nodes that came late: looks from the end.
    fn place(&self, id: Id) -> Option<(Id, usize)> {
        let nodes = self.nodes.borrow();
        let parent = nodes.get(id)?.parent?;
        let at = nodes.get(parent)?.children.iter().rposition(|child| *child == id)?;
        Some((parent, at))
    }

    fn detach(&self, id: Id) {
        if let Some((parent, at)) = self.place(id) {
            let mut nodes = self.nodes.borrow_mut();
            if let Some(parent) = nodes.get_mut(parent) {
                parent.children.remove(at);
            }
            if let Some(node) = nodes.get_mut(id) {
                node.parent = None;
            }
        }
    }
}

impl TreeSink for Sink {
    type Handle = Handle;
    type Output = ();
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) {}

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> Handle {
        Handle { id: ROOT, name: self.no_name.clone() }
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> ExpandedName<'a> {
        target.name.expanded()
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, _: ElementFlags) -> Handle {
        self.add(Kind::Element { name: Rc::new(name), attributes })
    }

    fn create_comment(&self, _: StrTendril) -> Handle {
        self.add(Kind::Other)
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Handle {
        self.add(Kind::Other)
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        self.insert(parent.id, self.end_of(parent.id), child);
    }

    fn append_based_on_parent_node(&self, element: &Handle, previous: &Handle, child: NodeOrText<Handle>) {
        if self.place(element.id).is_some() {
            self.append_before_sibling(element, child);
        } else {
            self.append(previous, child);
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn pop(&self, node: &Handle) {
        let depth = self.nodes.borrow().get(node.id).map_or(0, |node| node.depth);
        self.depth.set(depth.saturating_sub(1));
    }

    fn get_template_contents(&self, target: &Handle) -> Handle {
        target.clone()
    }

    fn same_node(&self, x: &Handle, y: &Handle) -> bool {
        x.id == y.id
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Handle, child: NodeOrText<Handle>) {
        if let NodeOrText::AppendNode(node) = &child {
            self.detach(node.id);
        }
        if let Some((parent, at)) = self.place(sibling.id) {
            self.insert(parent, at, child);
        }
    }

    fn add_attrs_if_missing(&self, target: &Handle, more: Vec<Attribute>) {
        if let Some(Node { kind: Kind::Element { attributes, .. }, .. }) = self.nodes.borrow_mut().get_mut(target.id) {
            for attribute in more {
                if attributes.iter().all(|a| a.name != attribute.name) {
                    attributes.push(attribute);
                }
            }
        }
    }

    fn remove_from_parent(&self, target: &Handle) {
        self.detach(target.id);
    }

    fn reparent_children(&self, node: &Handle, parent: &Handle) {
        let mut nodes = self.nodes.borrow_mut();
        let children = nodes.get_mut(node.id).map(|node| std::mem::take(&mut node.children)).unwrap_or_default();
        for child in &children {
            if let Some(child) = nodes.get_mut(*child) {
                child.parent = Some(parent.id);
            }
        }
        if let Some(parent) = nodes.get_mut(parent.id) {
            parent.children.extend(children);
        }
    }
}

/// The tree builder without the tags that are nested too deeply, or too many.
struct Shallow {
    builder: TreeBuilder<Handle, Sink>,
    dropped: Cell<usize>,
}

impl Shallow {
    fn is_too_much(&self, tag: &Tag) -> bool {
        // These open nothing, or change how what follows them is read.
        let kept = matches!(
            &*tag.name,
            "br" | "hr" | "img" | "meta" | "link" | "input" | "script" | "style" | "textarea" | "title" | "noscript"
        );
        let full = self.builder.sink.nodes.borrow().len() >= MOST_NODES;
        tag.kind == TagKind::StartTag && (full || (!kept && self.builder.sink.depth.get() >= MOST_DEPTH))
    }
}

impl TokenSink for Shallow {
    type Handle = Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Handle> {
        match &token {
            Token::CommentToken(_) => return TokenSinkResult::Continue,
            Token::TagToken(tag) if self.is_too_much(tag) => {
                self.dropped.set(self.dropped.get() + 1);
                return TokenSinkResult::Continue;
            }
            _ => {}
        }
        self.builder.process_token(token, line)
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}
