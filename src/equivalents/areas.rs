//! What a row stands for. The one place that reads regions: another shape of them changes this file alone.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::document::{Level, Metadata};
use crate::store::{DocumentInScope, DocumentRow};

/// What is told apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Division {
    /// One row a province, with all its cities.
    #[default]
    Province,
    /// One row a city, and one for the documents of a province itself.
    City,
}

/// An area that documents are of.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Area {
    /// The whole country.
    National,
    /// A province; with [`Division::City`] its own documents alone.
    Province(String),
    /// A place below a province.
    City {
        /// Short name of the province, where it is known.
        province: Option<String>,
        /// Name of the place.
        city: String,
    },
    /// Documents that do not say where they apply.
    Unknown,
}

impl Area {
    /// The area that a document counts to.
    pub fn of(metadata: &Metadata, division: Division) -> Area {
        let Some(region) = &metadata.region else {
            return if metadata.level == Some(Level::National) { Area::National } else { Area::Unknown };
        };
        match (&region.province, region.city.as_ref().or(region.county.as_ref()), division) {
            (Some(province), _, Division::Province) | (Some(province), None, _) => Area::Province(province.clone()),
            (province, Some(city), _) => Area::City { province: province.clone(), city: city.clone() },
            (None, None, _) => Area::Unknown,
        }
    }
}

impl std::fmt::Display for Area {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Area::National => f.write_str("national"),
            Area::Province(province) => f.write_str(province),
            Area::City { province: Some(province), city } => write!(f, "{province} {city}"),
            Area::City { province: None, city } => f.write_str(city),
            Area::Unknown => f.write_str("region not stated"),
        }
    }
}

/// The documents of an area.
pub(super) struct Covered {
    pub(super) area: Area,
    pub(super) documents: Vec<DocumentInScope>,
}

impl Covered {
    /// Number of clauses of all its documents.
    pub(super) fn clauses(&self) -> usize {
        self.documents.iter().map(|document| document.clauses).sum()
    }
}

/// All areas that documents are of, in order.
pub(super) fn areas(documents: Vec<DocumentInScope>, rows: &[DocumentRow], division: Division) -> Vec<Covered> {
    let metadata: HashMap<_, _> = rows.iter().map(|row| (row.key, &row.metadata)).collect();
    let mut of: HashMap<Area, Vec<DocumentInScope>> = HashMap::new();
    for document in documents {
        // One that was added between the two questions is not there yet.
        if let Some(metadata) = metadata.get(&document.key) {
            of.entry(Area::of(metadata, division)).or_default().push(document);
        }
    }
    let mut areas: Vec<Covered> = of.into_iter().map(|(area, documents)| Covered { area, documents }).collect();
    areas.sort_by(|a, b| a.area.cmp(&b.area));
    areas
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Region;

    fn area(province: Option<&str>, place: Option<&str>, level: Option<Level>, division: Division) -> String {
        let region = Region { province: province.map(str::to_owned), city: place.map(str::to_owned), county: None };
        let region = (province.is_some() || place.is_some()).then_some(region);
        Area::of(&Metadata { region, level, ..Metadata::default() }, division).to_string()
    }

    #[test]
    fn a_city_counts_to_its_province_unless_cities_are_told_apart() {
        use Division::{City, Province};
        let (p, c) = (Some("山东"), Some("枣庄市"));
        assert_eq!(area(p, c, None, Province), "山东");
        assert_eq!(area(p, c, None, City), "山东 枣庄市");
        assert_eq!(area(p, None, None, City), "山东");
        assert_eq!(area(None, c, None, Province), "枣庄市");
        assert_eq!(area(None, None, Some(Level::National), City), "national");
        assert_eq!(area(None, None, None, Province), "region not stated");
    }
}
