//! placeholder
use super::chars::Chars;
use super::layout::Segment;
use super::{Article, Metadata};
pub(super) fn metadata(_t: &Chars, _s: &[Segment], _a: &[Article]) -> Metadata { Metadata::default() }
