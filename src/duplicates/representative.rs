//! Which clause of a cluster stands for the others.

use serde::{Deserialize, Serialize};

use crate::document::{Level, Validity};

/// What decided which clause stands for a cluster: the last of these, in this order, that left fewer to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Its document is of the highest level: national, province, prefecture, county, unknown.
    Level,
    /// Its document is in force, or nothing is said of that; after it come those that are not yet in force, that were
    /// amended, that are repealed or expired.
    Validity,
    /// Its document is the newest, by its date; documents without one come last.
    Date,
    /// Its wording is nearest to those of the others, on average over the clauses of the cluster.
    Centrality,
    /// Nothing: the others are alike in all of this. It comes first by the ids of documents and its place.
    Id,
}

/// What the choice looks at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate<'a> {
    pub(super) level: Option<Level>,
    pub(super) validity: Option<Validity>,
    /// ISO.
    pub(super) date: Option<&'a str>,
    /// Mean score with the clauses of the cluster, in [0, 1].
    pub(super) centrality: f32,
    pub(super) document_id: &'a str,
    pub(super) ordinal: usize,
}

impl Candidate<'_> {
    fn rank(&self) -> u8 {
        match self.level {
            Some(Level::National) => 4,
            Some(Level::Province) => 3,
            Some(Level::Prefecture) => 2,
            Some(Level::County) => 1,
            None => 0,
        }
    }
}

/// The place of the clause that stands for the others, and what decided that; `None` without candidates.
pub(super) fn choose(candidates: &[Candidate<'_>]) -> Option<(usize, Rule)> {
    let mut left: Vec<usize> = (0..candidates.len()).collect();
    let mut rule = Rule::Id;
    let mut keep =
        |left: &mut Vec<usize>, by: Rule, compare: &dyn Fn(&Candidate<'_>, &Candidate<'_>) -> std::cmp::Ordering| {
            let at = |i: &usize| candidates.get(*i);
            let best = left.iter().filter_map(at).max_by(|a, b| compare(a, b)).copied();
            let before = left.len();
            if let Some(best) = best {
                left.retain(|i| at(i).is_some_and(|candidate| compare(candidate, &best).is_eq()));
            }
            if left.len() < before {
                rule = by;
            }
        };
    keep(&mut left, Rule::Level, &|a, b| a.rank().cmp(&b.rank()));
    keep(&mut left, Rule::Validity, &|a, b| Validity::order(b.validity).cmp(&Validity::order(a.validity)));
    keep(&mut left, Rule::Date, &|a, b| a.date.cmp(&b.date));
    keep(&mut left, Rule::Centrality, &|a, b| a.centrality.total_cmp(&b.centrality));
    keep(&mut left, Rule::Id, &|a, b| (b.document_id, b.ordinal).cmp(&(a.document_id, a.ordinal)));
    left.first().map(|chosen| (*chosen, rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(
        level: Option<Level>,
        date: Option<&'static str>,
        centrality: f32,
        id: &'static str,
    ) -> Candidate<'static> {
        Candidate { level, validity: None, date, centrality, document_id: id, ordinal: 0 }
    }

    #[test]
    fn level_decides_before_validity_before_date_before_centrality_before_the_id() {
        let (national, province) = (Some(Level::National), Some(Level::Province));
        let old = candidate(national, Some("1999-01-01"), 0.8, "d");
        let new = candidate(province, Some("2024-01-01"), 0.9, "c");
        let newer = candidate(province, Some("2024-01-02"), 0.8, "b");
        let central = candidate(province, Some("2024-01-02"), 0.95, "a");
        assert_eq!(choose(&[new, old, newer]), Some((1, Rule::Level)));
        assert_eq!(choose(&[new, newer]), Some((1, Rule::Date)));
        let repealed = Candidate { validity: Some(Validity::Repealed), ..newer };
        assert_eq!(choose(&[repealed, new]), Some((1, Rule::Validity)));
        assert_eq!(choose(&[Candidate { validity: Some(Validity::InForce), ..new }, newer]), Some((1, Rule::Date)));
        assert_eq!(choose(&[newer, central, new]), Some((1, Rule::Centrality)), "the last that left fewer");
        let twin = Candidate { document_id: "z", ..central };
        assert_eq!(choose(&[twin, newer, central]), Some((2, Rule::Id)));
        let later = Candidate { ordinal: 7, ..central };
        assert_eq!(choose(&[later, central]), Some((1, Rule::Id)), "an earlier place of the same document");
        assert_eq!(choose(&[]), None);
    }

    #[test]
    fn what_is_unknown_comes_last() {
        let county = candidate(Some(Level::County), None, 0.7, "b");
        let unknown = candidate(None, Some("2024-01-01"), 0.9, "a");
        assert_eq!(choose(&[unknown, county]), Some((1, Rule::Level)));
        let dated = candidate(Some(Level::County), Some("1980-01-01"), 0.7, "c");
        assert_eq!(choose(&[county, dated]), Some((1, Rule::Date)));
    }
}
