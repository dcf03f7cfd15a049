//! The words by which kinds and levels are written outside of Rust, and how metadata are combined.

use super::{ArticleKind, Kind, Level, Metadata, Origin, Validity};
use crate::error::{Error, Result};

macro_rules! names {
    ($type:ident { $($variant:ident = $name:literal,)* }) => {
        impl $type {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [$type] = &[$($type::$variant,)*];

            /// The word it is written as; the same as in JSON.
            pub fn name(self) -> &'static str {
                match self {
                    $($type::$variant => $name,)*
                }
            }

            /// The value written as `name`.
            pub fn from_name(name: &str) -> Option<$type> {
                match name {
                    $($name => Some($type::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

names!(Level {
    National = "national",
    Province = "province",
    Prefecture = "prefecture",
    County = "county",
});

names!(Kind {
    Law = "law",
    Regulation = "regulation",
    Interpretation = "interpretation",
    Decision = "decision",
    Opinion = "opinion",
    Plan = "plan",
    Notice = "notice",
    Report = "report",
});

names!(Validity {
    InForce = "in_force",
    Amended = "amended",
    Repealed = "repealed",
    Expired = "expired",
    NotYetInForce = "not_yet_in_force",
});

names!(Origin {
    PageTable = "page_table",
    IndexTable = "index_table",
    Title = "title",
    Signature = "signature",
    AdoptionNote = "adoption_note",
    Number = "number",
    Front = "front",
    FirstSentence = "first_sentence",
    EffectClause = "effect_clause",
    Text = "text",
    Issuer = "issuer",
    Region = "region",
});

names!(ArticleKind {
    Numbered = "numbered",
    BoxItem = "box_item",
    Body = "body",
});

/// Checks an ISO date.
///
/// # Errors
/// [`Error::Invalid`] that names the field.
pub fn check_date(field: &str, date: &str) -> Result<()> {
    match date.parse::<jiff::civil::Date>() {
        Ok(parsed) if parsed.to_string() == date => Ok(()),
        _ => Err(Error::invalid(field, "a date as in 2024-06-18", date)),
    }
}

impl Metadata {
    /// Checks what a caller gave: dates have to be ISO dates, a family a name.
    ///
    /// # Errors
    /// [`Error::Invalid`] that names the field.
    pub fn check(&self) -> Result<()> {
        for (field, date) in [("date", &self.date), ("published", &self.published), ("effective", &self.effective)] {
            if let Some(date) = date {
                check_date(field, date)?;
            }
        }
        self.check_family()
    }

    /// These values, and where there is none the other's.
    pub fn over(self, other: Metadata) -> Metadata {
        Metadata {
            title: self.title.or(other.title),
            document_number: self.document_number.or(other.document_number),
            issuer: self.issuer.or(other.issuer),
            region: self.region.or(other.region),
            level: self.level.or(other.level),
            kind: self.kind.or(other.kind),
            date: self.date.or(other.date),
            published: self.published.or(other.published),
            effective: self.effective.or(other.effective),
            validity: self.validity.or(other.validity),
            family: self.family.or(other.family),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_as_in_json() {
        for level in Level::ALL {
            assert_eq!(serde_json::json!(level), level.name());
            assert_eq!(Level::from_name(level.name()), Some(*level));
        }
        for kind in Kind::ALL {
            assert_eq!(serde_json::json!(kind), kind.name());
            assert_eq!(Kind::from_name(kind.name()), Some(*kind));
        }
        for origin in Origin::ALL {
            assert_eq!(serde_json::json!(origin), origin.name());
        }
        for validity in Validity::ALL {
            assert_eq!(serde_json::json!(validity), validity.name());
            assert_eq!(Validity::from_name(validity.name()), Some(*validity));
        }
        for kind in ArticleKind::ALL {
            assert_eq!(serde_json::json!(kind), kind.name());
            assert_eq!(ArticleKind::from_name(kind.name()), Some(*kind));
        }
    }
}
