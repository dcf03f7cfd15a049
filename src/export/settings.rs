//! The settings of a job as a file tells them: those that are in force, in the names of the interface.

use crate::check::Check;
use crate::duplicates;
use crate::equivalents::{Division, EquivalentsRequest, MatrixRequest};
use crate::store::{DocumentFilter, Versions};

type Settings = Vec<(String, String)>;

fn setting(name: &str, value: impl ToString) -> (String, String) {
    (name.to_owned(), value.to_string())
}

/// Settings of a check.
pub fn of_check(check: &Check) -> Settings {
    let mut settings = vec![setting("limit", check.limit)];
    if check.min_probability > 0.0 {
        settings.push(setting("min_probability", check.min_probability));
    }
    if check.exclude_formulas {
        settings.push(setting("exclude_formulas", true));
    }
    if !check.exclude_clauses.is_empty() {
        let ordinals: Vec<String> = check.exclude_clauses.iter().map(ToString::to_string).collect();
        settings.push(setting("exclude_clauses", ordinals.join(",")));
    }
    settings.extend(filter(&check.filter));
    settings
}

/// Settings of a search by region.
pub fn of_equivalents(request: &EquivalentsRequest) -> Settings {
    regional(request.division, request.min_probability, &request.filter)
}

/// Settings of a matrix of measures and regions.
pub fn of_matrix(request: &MatrixRequest) -> Settings {
    regional(request.division, request.min_probability, &request.filter)
}

fn regional(division: Division, min_probability: f32, documents: &DocumentFilter) -> Settings {
    let by = match division {
        Division::Province => "province",
        Division::City => "city",
    };
    let mut settings = vec![setting("by", by), setting("min_probability", min_probability)];
    settings.extend(filter(documents));
    settings
}

/// Settings of a list of clusters.
pub fn of_duplicates(request: &duplicates::Request) -> Settings {
    let mut settings = vec![setting("threshold", request.threshold), setting("min_size", request.min_size)];
    if request.within {
        settings.push(setting("within", true));
    }
    settings.extend(request.document.as_ref().map(|id| setting("document", id)));
    settings.extend((request.offset > 0).then(|| setting("offset", request.offset)));
    settings.push(setting("limit", request.limit));
    settings.push(setting("members", request.members));
    settings
}

fn filter(filter: &DocumentFilter) -> Settings {
    let mut settings = Settings::new();
    let mut list = |name: &str, values: Vec<&str>| {
        if !values.is_empty() {
            settings.push(setting(name, values.join(",")));
        }
    };
    for (name, values) in [
        ("documents", &filter.documents),
        ("exclude_documents", &filter.excluded),
        ("families", &filter.families),
        ("exclude_families", &filter.excluded_families),
        ("regions", &filter.regions),
        ("exclude_regions", &filter.excluded_regions),
        ("issuers", &filter.issuers),
    ] {
        list(name, values.iter().map(String::as_str).collect());
    }
    list("levels", filter.levels.iter().map(|level| level.name()).collect());
    list("kinds", filter.kinds.iter().map(|kind| kind.name()).collect());
    list("validities", filter.validities.iter().map(|validity| validity.name()).collect());
    list("versions", if filter.versions == Versions::Newest { vec!["newest"] } else { Vec::new() });
    list("date_from", filter.date_from.iter().map(String::as_str).collect());
    list("date_to", filter.date_to.iter().map(String::as_str).collect());
    settings
}
