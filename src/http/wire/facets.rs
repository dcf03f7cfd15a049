//! How many there are of what.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Kind, Level, Validity};
use crate::{search, store};

/// A value, and how many have it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Count<T> {
    value: T,
    count: usize,
}

fn counts<A, B: From<A>>(counted: Vec<(A, usize)>) -> Vec<Count<B>> {
    counted.into_iter().map(|(value, count)| Count { value: value.into(), count }).collect()
}

/// How many there are of each value, the most frequent first. What a document does not say is not counted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Facets {
    /// Provinces, as they are called today.
    regions: Vec<Count<String>>,
    /// Levels of the issuing bodies.
    levels: Vec<Count<Level>>,
    /// Kinds of documents.
    kinds: Vec<Count<Kind>>,
    /// Years of the date, four digits.
    years: Vec<Count<String>>,
    /// Whether they are in force.
    validities: Vec<Count<Validity>>,
}

impl From<store::Facets> for Facets {
    fn from(facets: store::Facets) -> Facets {
        Facets {
            regions: counts(facets.regions),
            levels: counts(facets.levels),
            kinds: counts(facets.kinds),
            years: counts(facets.years),
            validities: counts(facets.validities),
        }
    }
}

/// What all that a search found is of, the hits that its limit or its groups left out included. Counted among the
/// candidates that were ranked, some hundreds or more.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundFacets {
    /// How many clauses or articles were found that reach `min_probability`.
    total: usize,
    #[serde(flatten)]
    of: Facets,
}

impl From<search::FoundFacets> for FoundFacets {
    fn from(found: search::FoundFacets) -> FoundFacets {
        FoundFacets { total: found.total, of: found.of.into() }
    }
}

/// What the documents are of that pass a filter.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FacetsAnswer {
    documents: usize,
    /// Clauses of these documents.
    clauses: usize,
    #[serde(flatten)]
    of: Facets,
}

impl FacetsAnswer {
    pub(crate) fn new((facets, documents, clauses): (store::Facets, usize, usize)) -> FacetsAnswer {
        FacetsAnswer { documents, clauses, of: facets.into() }
    }
}
