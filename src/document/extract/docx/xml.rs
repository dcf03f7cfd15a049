//! Reading WordprocessingML by local names, so that strict and transitional files and odd prefixes read alike.

use roxmltree::Node;

/// The first child element of this name.
pub(super) fn child<'a, 'x>(node: Node<'a, 'x>, name: &str) -> Option<Node<'a, 'x>> {
    node.children().find(|n| n.is_element() && n.tag_name().name() == name)
}

/// An attribute by its local name.
pub(super) fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attributes().find(|a| a.name() == name).map(|a| a.value())
}

/// The `w:val` of an element.
pub(super) fn value<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    attribute(node, "val")
}

/// A number that is not negative.
pub(super) fn number(text: &str) -> Option<u32> {
    text.trim().parse().ok()
}

/// Whether a switch below `node` is on; `None` where it is not there.
pub(super) fn on(node: Node, name: &str) -> Option<bool> {
    let switch = child(node, name)?;
    Some(!matches!(value(switch), Some("0" | "false" | "off")))
}
