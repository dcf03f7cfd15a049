//! What documents are of, counted.

use std::collections::HashMap;
use std::hash::Hash;

use rusqlite::params_from_iter;

use super::filter::listed;
use super::read::{DOCUMENT_COLUMNS, document_row};
use super::{DocumentFilter, Store};
use crate::document::{Kind, Level, Metadata, Validity};
use crate::error::Result;

/// How many there are of each value, the most frequent first, equally frequent ones in the order of the values. What a
/// document does not say is not counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    /// Provinces, as they are called today.
    pub regions: Vec<(String, usize)>,
    /// Levels.
    pub levels: Vec<(Level, usize)>,
    /// Kinds.
    pub kinds: Vec<(Kind, usize)>,
    /// Years of the date, four digits.
    pub years: Vec<(String, usize)>,
    /// Whether they are in force.
    pub validities: Vec<(Validity, usize)>,
}

impl Facets {
    /// Counts things that stand in documents: the documents' metadata, and how many things stand in each.
    pub fn count<'a>(documents: impl Iterator<Item = (&'a Metadata, usize)>) -> Facets {
        let mut counts = Counts::default();
        documents.for_each(|(metadata, n)| counts.add(metadata, n));
        Facets {
            regions: sorted(counts.regions),
            levels: sorted(counts.levels),
            kinds: sorted(counts.kinds),
            years: sorted(counts.years),
            validities: sorted(counts.validities),
        }
    }
}

#[derive(Default)]
struct Counts {
    regions: HashMap<String, usize>,
    levels: HashMap<Level, usize>,
    kinds: HashMap<Kind, usize>,
    years: HashMap<String, usize>,
    validities: HashMap<Validity, usize>,
}

impl Counts {
    fn add(&mut self, metadata: &Metadata, n: usize) {
        fn add<T: Eq + Hash>(counts: &mut HashMap<T, usize>, value: Option<T>, n: usize) {
            if let Some(value) = value {
                *counts.entry(value).or_default() += n;
            }
        }
        let region = metadata.region.clone().map(|region| region.today());
        let year = metadata.date.as_deref().and_then(|date| date.get(..4));
        add(&mut self.regions, region.and_then(|region| region.province), n);
        add(&mut self.levels, metadata.level, n);
        add(&mut self.kinds, metadata.kind, n);
        add(&mut self.years, year.map(str::to_owned), n);
        add(&mut self.validities, metadata.validity, n);
    }
}

fn sorted<T: Ord>(counts: HashMap<T, usize>) -> Vec<(T, usize)> {
    let mut counts: Vec<(T, usize)> = counts.into_iter().collect();
    counts.sort_unstable_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
    counts
}

impl Store {
    /// What the documents are of that pass a filter, and how many documents and clauses that are.
    ///
    /// # Errors
    /// [`crate::Error::Store`]; [`crate::Error::Invalid`] for a region that is not known.
    pub fn facets(&self, filter: &DocumentFilter) -> Result<(Facets, usize, usize)> {
        let rows = self.read(|t| {
            let (condition, values) = listed(t, filter)?;
            let mut statement =
                t.prepare_cached(&format!("SELECT {DOCUMENT_COLUMNS} FROM documents WHERE {condition}"))?;
            let rows = statement.query_map(params_from_iter(values), document_row)?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })?;
        let facets = Facets::count(rows.iter().map(|row| (&row.metadata, 1)));
        Ok((facets, rows.len(), rows.iter().map(|row| row.clauses).sum()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Region;

    #[test]
    fn values_are_counted_by_weight_and_sorted_and_what_is_not_said_is_not_counted() {
        let of = |province: &str, date: Option<&str>, level| Metadata {
            region: Some(Region { province: Some(province.to_owned()), ..Region::default() }),
            date: date.map(str::to_owned),
            level,
            ..Metadata::default()
        };
        let all = [
            (of("山东", Some("2024-01-02"), Some(Level::County)), 1),
            (of("湖北", Some("2016-01-02"), Some(Level::National)), 3),
            (of("山东", None, None), 1),
            (Metadata::default(), 9),
        ];
        let facets = Facets::count(all.iter().map(|(metadata, n)| (metadata, *n)));
        assert_eq!(facets.regions, [("湖北".to_owned(), 3), ("山东".to_owned(), 2)]);
        assert_eq!(facets.levels, [(Level::National, 3), (Level::County, 1)]);
        assert_eq!(facets.years, [("2016".to_owned(), 3), ("2024".to_owned(), 1)]);
        assert_eq!((facets.kinds, facets.validities), (Vec::new(), Vec::new()));
    }
}
