//! Which documents a question is about: filters, and the SQL that they come to.

use std::collections::{HashMap, HashSet};

use rusqlite::types::Value;
use rusqlite::{Row, Transaction, params_from_iter};

use super::families::superseded;
use super::{DocumentKey, Store};
use crate::document::{Kind, Level, Region, Validity, check_date};
use crate::error::{Error, Result};
use crate::index::VectorId;

/// Which documents a question is about. Empty lists and `None` do not restrict; what is given must all hold, and
/// one value of a list suffices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentFilter {
    /// Ids of the documents to look at.
    pub documents: Vec<String>,
    /// Ids of documents to leave out, with their other versions.
    pub excluded: Vec<String>,
    /// Whether other versions of the excluded documents stay.
    pub excluded_alone: bool,
    /// Families to look at.
    pub families: Vec<String>,
    /// Families to leave out.
    pub excluded_families: Vec<String>,
    /// Names of regions whose documents are left out, read as those in `regions`.
    pub excluded_regions: Vec<String>,
    /// Which versions of a document are looked at.
    pub versions: Versions,
    /// Names of regions as [`Region::named`] reads them, and of places that documents have which are no divisions. What
    /// lies in a region passes, too.
    pub regions: Vec<String>,
    /// Issuing bodies.
    pub issuers: Vec<String>,
    /// Levels.
    pub levels: Vec<Level>,
    /// Kinds.
    pub kinds: Vec<Kind>,
    /// Whether they are in force. Documents that do not say do not pass.
    pub validities: Vec<Validity>,
    /// Not before this date, ISO. Documents without a date do not pass.
    pub date_from: Option<String>,
    /// Not after this date, ISO. Documents without a date do not pass.
    pub date_to: Option<String>,
    /// Words that the title, the number or the id has, in any order, whatever their case.
    pub title: Option<String>,
}

/// Which versions of a document are looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Versions {
    /// All of them.
    #[default]
    All,
    /// Of each family the newest version that passes the rest of the filter.
    Newest,
}

impl DocumentFilter {
    /// Checks that dates are ISO dates.
    ///
    /// # Errors
    /// [`Error::Invalid`] that names the field.
    pub fn check_dates(&self) -> Result<()> {
        for (field, date) in [("date_from", &self.date_from), ("date_to", &self.date_to)] {
            if let Some(date) = date {
                check_date(field, date)?;
            }
        }
        Ok(())
    }

    /// Whether every document passes, apart from the excluded ones and from older versions.
    fn is_open(&self) -> bool {
        *self
            == DocumentFilter {
                excluded: self.excluded.clone(),
                excluded_alone: self.excluded_alone,
                excluded_families: self.excluded_families.clone(),
                excluded_regions: self.excluded_regions.clone(),
                versions: self.versions,
                ..DocumentFilter::default()
            }
    }
}

/// The documents that pass a filter.
#[derive(Debug, Clone)]
pub struct Scope {
    /// `None`: all but the excluded ones.
    included: Option<HashSet<DocumentKey>>,
    excluded: HashSet<DocumentKey>,
    /// Clauses of the documents that pass.
    pub clauses: usize,
}

impl Scope {
    /// Whether a document passes.
    pub fn contains(&self, key: DocumentKey) -> bool {
        !self.excluded.contains(&key) && self.included.as_ref().is_none_or(|included| included.contains(&key))
    }

    /// All documents but the excluded ones, where this scope is less than that.
    pub fn without_restriction(&self) -> Option<Scope> {
        // The clauses are told too high by those that are excluded or not included: they only say that there are many.
        self.included.as_ref().map(|_| Scope { included: None, excluded: self.excluded.clone(), clauses: usize::MAX })
    }

    /// Those documents of this scope.
    pub fn of(&self, documents: &[DocumentInScope]) -> Scope {
        Scope {
            included: Some(documents.iter().map(|document| document.key).collect()),
            excluded: self.excluded.clone(),
            clauses: documents.iter().map(|document| document.clauses).sum(),
        }
    }
}

/// A document as far as grouping looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentInScope {
    /// The document.
    pub key: DocumentKey,
    /// Its province and city as they are today; empty where they are not known.
    pub region: Region,
    /// Its family.
    pub family: Option<String>,
    /// Number of its clauses.
    pub clauses: usize,
}

impl Store {
    /// Which documents pass a filter, and how many clauses they have.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn scope(&self, filter: &DocumentFilter) -> Result<Scope> {
        self.read(|t| scope(t, filter))
    }

    /// The documents of a scope.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn documents_in(&self, scope: &Scope) -> Result<Vec<DocumentInScope>> {
        self.read(|t| {
            let mut statement =
                t.prepare_cached("SELECT id, province, city, clause_count, family FROM documents ORDER BY id")?;
            let rows = statement.query_map([], |row| {
                let region = Region { province: row.get(1)?, city: row.get(2)?, county: None }.today();
                Ok(DocumentInScope {
                    key: row.get(0)?,
                    region,
                    clauses: row.get::<_, i64>(3)? as usize,
                    family: row.get(4)?,
                })
            })?;
            let mut documents: Vec<DocumentInScope> = rows.collect::<Result<_, _>>()?;
            documents.retain(|document| scope.contains(document.key));
            Ok(documents)
        })
    }

    /// Ids of all texts that stand in the scope, sorted, without repetition.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn text_ids(&self, scope: &Scope) -> Result<Vec<VectorId>> {
        self.read(|t| {
            let mut ids: Vec<VectorId> = Vec::new();
            match &scope.included {
                Some(keys) => {
                    let mut statement = t.prepare_cached("SELECT text_id FROM clauses WHERE document = ?1")?;
                    for key in keys {
                        let mut rows = statement.query([key])?;
                        while let Some(row) = rows.next()? {
                            ids.push(row.get::<_, i64>(0)? as VectorId);
                        }
                    }
                }
                None => {
                    let mut statement = t.prepare_cached("SELECT document, text_id FROM clauses")?;
                    let mut rows = statement.query([])?;
                    while let Some(row) = rows.next()? {
                        if scope.contains(row.get(0)?) {
                            ids.push(row.get::<_, i64>(1)? as VectorId);
                        }
                    }
                }
            }
            ids.sort_unstable();
            ids.dedup();
            Ok(ids)
        })
    }
}

/// Which documents pass a filter.
fn scope(t: &Transaction<'_>, filter: &DocumentFilter) -> Result<Scope> {
    let counted = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, i64>(1)? as usize));
    let mut excluded: HashMap<DocumentKey, usize> = HashMap::new();
    if let Some((condition, values)) = exclusion(t, filter)? {
        let mut statement = t.prepare_cached(&format!("SELECT id, clause_count FROM documents WHERE {condition}"))?;
        excluded = statement.query_map(params_from_iter(values), counted)?.collect::<Result<_, _>>()?;
    }
    let mut included: Option<HashMap<DocumentKey, usize>> = None;
    if !filter.is_open() {
        let (condition, values) = condition(t, filter)?;
        let mut statement = t.prepare_cached(&format!("SELECT id, clause_count FROM documents WHERE {condition}"))?;
        included = Some(statement.query_map(params_from_iter(values), counted)?.collect::<Result<_, _>>()?);
    }
    if filter.versions == Versions::Newest {
        let passes = |key| !excluded.contains_key(&key) && included.as_ref().is_none_or(|i| i.contains_key(&key));
        let older = superseded(t, passes)?;
        excluded.extend(older);
    }
    let clauses = match &mut included {
        Some(included) => {
            included.retain(|key, _| !excluded.contains_key(key));
            included.values().sum()
        }
        None => {
            let all: i64 = t
                .prepare_cached("SELECT coalesce(sum(clause_count), 0) FROM documents")?
                .query_row([], |row| row.get(0))?;
            all as usize - excluded.values().sum::<usize>()
        }
    };
    let keys = |documents: HashMap<DocumentKey, usize>| documents.into_keys().collect();
    Ok(Scope { included: included.map(keys), excluded: keys(excluded), clauses })
}

/// What a filter leaves out, as an SQL condition over `documents` with its values; `None` where it names nothing.
///
/// # Errors
/// [`Error::Invalid`] for a region that neither is a division nor stands in any document.
fn exclusion(t: &Transaction<'_>, filter: &DocumentFilter) -> Result<Option<(String, Vec<Value>)>> {
    let list = |names: &[String]| Value::from(serde_json::Value::from(names.to_vec()).to_string());
    let mut parts = Vec::new();
    let mut values = Vec::new();
    if !filter.excluded.is_empty() {
        parts.push("document_id IN (SELECT value FROM json_each(?))");
        values.push(list(&filter.excluded));
        if !filter.excluded_alone {
            parts
                .push("family IN (SELECT family FROM documents WHERE document_id IN (SELECT value FROM json_each(?)))");
            values.push(list(&filter.excluded));
        }
    }
    if !filter.excluded_families.is_empty() {
        parts.push("family IN (SELECT value FROM json_each(?))");
        values.push(list(&filter.excluded_families));
    }
    if !filter.excluded_regions.is_empty() {
        parts.push(IN_REGIONS);
        values.push(all_stored_regions(t, "exclude_regions", &filter.excluded_regions)?);
    }
    Ok((!parts.is_empty()).then(|| (parts.join(" OR "), values)))
}

/// Condition on documents that pass a filter, with the versions that it leaves out, and its values.
pub(super) fn listed(t: &Transaction<'_>, filter: &DocumentFilter) -> Result<(String, Vec<Value>)> {
    let (mut condition, mut values) = condition(t, filter)?;
    if filter.versions == Versions::Newest {
        let all = scope(t, &DocumentFilter { versions: Versions::All, ..filter.clone() })?;
        let older = superseded(t, |key| all.contains(key))?;
        let older: Vec<DocumentKey> = older.into_iter().map(|(key, _)| key).collect();
        condition.push_str(" AND id NOT IN (SELECT value FROM json_each(?))");
        values.push(Value::from(serde_json::Value::from(older).to_string()));
    }
    Ok((condition, values))
}

/// A filter as an SQL condition over `documents` with its values, apart from which versions are looked at.
///
/// # Errors
/// [`Error::Invalid`] for a region that neither is a division nor stands in any document.
fn condition(t: &Transaction<'_>, filter: &DocumentFilter) -> Result<(String, Vec<Value>)> {
    let mut parts = vec!["TRUE".to_owned()];
    let mut values = Vec::new();
    let mut one_of = |columns: &[&str], list: Vec<String>| {
        if list.is_empty() {
            return;
        }
        // A list is passed as JSON, so that the statement's text, and with it the cached plan, stays the same.
        let json = Value::from(serde_json::Value::from(list).to_string());
        let tests: Vec<String> = columns
            .iter()
            .map(|column| {
                values.push(json.clone());
                format!("{column} IN (SELECT value FROM json_each(?))")
            })
            .collect();
        parts.push(format!("({})", tests.join(" OR ")));
    };
    one_of(&["document_id"], filter.documents.clone());
    one_of(&["family"], filter.families.clone());
    one_of(&["issuer"], filter.issuers.clone());
    one_of(&["level"], filter.levels.iter().map(|level| level.name().to_owned()).collect());
    one_of(&["validity"], filter.validities.iter().map(|validity| validity.name().to_owned()).collect());
    one_of(&["kind"], filter.kinds.iter().map(|kind| kind.name().to_owned()).collect());
    for (test, date) in [("date >= ?", &filter.date_from), ("date <= ?", &filter.date_to)] {
        if let Some(date) = date {
            parts.push(test.to_owned());
            values.push(Value::from(date.clone()));
        }
    }
    if let Some(title) = &filter.title {
        parts.push(HAS_ALL_WORDS.to_owned());
        // SQLite's own lower knows ASCII alone.
        let words: Vec<String> = title.split_whitespace().map(str::to_ascii_lowercase).collect();
        values.push(Value::from(serde_json::Value::from(words).to_string()));
    }
    if let Some((condition, list)) = exclusion(t, filter)? {
        parts.push(format!("id NOT IN (SELECT id FROM documents WHERE {condition})"));
        values.extend(list);
    }
    if !filter.regions.is_empty() {
        parts.push(IN_REGIONS.to_owned());
        values.push(all_stored_regions(t, "regions", &filter.regions)?);
    }
    Ok((parts.join(" AND "), values))
}

/// Whether the id, the title and the number of a document have all words of a list between them, given as JSON.
const HAS_ALL_WORDS: &str = "NOT EXISTS (SELECT 1 FROM json_each(?) AS word WHERE
    instr(lower(document_id || ' ' || coalesce(title, '') || ' ' || coalesce(document_number, '')), word.value) = 0)";

/// Whether a document is in one of the regions of a list, given as JSON. What a region does not say does not restrict:
/// a province holds its cities, a city its counties.
const IN_REGIONS: &str = "EXISTS (SELECT 1 FROM json_each(?) AS r WHERE
    coalesce(r.value ->> 'province' = province, r.value ->> 'province' IS NULL)
    AND coalesce(r.value ->> 'city' = city, r.value ->> 'city' IS NULL)
    AND coalesce(r.value ->> 'county' = county, r.value ->> 'county' IS NULL))";

/// The ways in which regions of these names may be stored, as [`IN_REGIONS`] takes them.
///
/// # Errors
/// [`Error::Invalid`] that names the field, when no division has one of the names and no document is of a place so
/// called.
fn all_stored_regions(t: &Transaction<'_>, field: &str, names: &[String]) -> Result<Value> {
    let mut regions = Vec::new();
    for name in names {
        regions.extend(stored_regions(t, field, name)?);
    }
    Ok(Value::from(serde_json::Value::from(regions).to_string()))
}

fn stored_regions(t: &Transaction<'_>, field: &str, name: &str) -> Result<Vec<serde_json::Value>> {
    let name = name.trim();
    let named = Region::named(name);
    if named.is_empty()
        && !t
            .prepare_cached("SELECT 1 FROM documents WHERE province = ?1 OR city = ?1 OR county = ?1 LIMIT 1")?
            .exists([name])?
    {
        let near = Region::similar_names(name);
        let hint = if near.is_empty() { String::new() } else { format!("; near to it: {}", near.join("、")) };
        return Err(Error::invalid(
            field,
            "a province, city or county (山东, 枣庄市, 山东省枣庄市峄城区), or a place that a document is of",
            format!("{name}{hint}"),
        ));
    }
    // As written, too: a place that is no division, and a county of which a document does not say where it is.
    let mut stored: Vec<serde_json::Value> =
        ["province", "city", "county"].iter().map(|column| serde_json::json!({ *column: name })).collect();
    for region in &named {
        let mut cities: Vec<Option<&str>> = region.cities().into_iter().map(Some).collect();
        if cities.is_empty() {
            cities.push(None);
        }
        stored.extend(
            cities
                .iter()
                .map(|city| serde_json::json!({"province": region.province, "city": city, "county": region.county})),
        );
    }
    Ok(stored)
}
