//! Which version of a document a group of hits shows.

use super::Scored;
use super::candidates::{Group, order};
use crate::engine::Engine;
use crate::error::Result;
use crate::store::Scope;

/// The best hit of the newest version is near enough to the best of all versions from this share of its score on. An
/// amended wording of the same measure stays above it; another measure of the newest version, where the one asked for
/// was struck out, does not.
const NEAR_ENOUGH: f32 = 0.9;

impl Engine {
    /// Leaves of every family the hits of one version, at most `size`, and puts the groups in the order of their best hit
    /// again.
    ///
    /// It is the newest version in scope, where its best hit is near enough to the best of all versions, and otherwise
    /// the version that has that one.
    pub(super) fn choose_versions(
        &self,
        groups: &mut [(Group, Vec<Scored>)],
        scope: &Scope,
        size: usize,
    ) -> Result<()> {
        let families = groups.iter().filter_map(|(group, _)| match group {
            Group::Family(family) => Some(family.as_str()),
            _ => None,
        });
        let families = self.store.versions(families)?;
        for (group, members) in groups.iter_mut() {
            let Group::Family(family) = group else { continue };
            let Some(best) = members.first().copied() else { continue };
            let versions = families.get(family).map(Vec::as_slice).unwrap_or_default();
            let newest = versions.iter().map(|version| version.key).find(|key| scope.contains(*key));
            let its_best = members.iter().find(|member| Some(member.place.document) == newest);
            let shown = its_best
                .filter(|hit| hit.below == best.below && hit.score() >= NEAR_ENOUGH * best.score())
                .map_or(best.place.document, |hit| hit.place.document);
            members.retain(|member| member.place.document == shown);
            members.truncate(size);
        }
        groups.sort_by(|(_, a), (_, b)| match (a.first(), b.first()) {
            (Some(a), Some(b)) => order(a, b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
        Ok(())
    }
}
