//! The words by which kinds and levels are written outside of Rust, and how metadata and regions are combined.

use super::{ArticleKind, Kind, Level, Metadata, Region};
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
    /// Checks that dates are ISO dates.
    ///
    /// # Errors
    /// [`Error::Invalid`] that names the field.
    pub fn check_dates(&self) -> Result<()> {
        for (field, date) in [("date", &self.date), ("published", &self.published), ("effective", &self.effective)] {
            if let Some(date) = date {
                check_date(field, date)?;
            }
        }
        Ok(())
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
        }
    }
}

/// Endings that a province-level unit may be written with or without, longest first.
const PROVINCE_ENDINGS: [&str; 8] =
    ["维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "省", "市", "区"];

impl Region {
    /// The ways in which the region that a user calls `name` may be stored: as written, and without the ending of a
    /// province (山东省 and 山东 are the same region).
    pub fn spellings(name: &str) -> Vec<String> {
        let name = name.trim();
        let short = PROVINCE_ENDINGS
            .iter()
            .find_map(|ending| name.strip_suffix(ending))
            .filter(|short| short.chars().count() >= 2);
        std::iter::once(name).chain(short).map(str::to_owned).collect()
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
        for kind in ArticleKind::ALL {
            assert_eq!(serde_json::json!(kind), kind.name());
            assert_eq!(ArticleKind::from_name(kind.name()), Some(*kind));
        }
    }

    #[test]
    fn a_province_is_found_by_its_long_and_its_short_name() {
        assert_eq!(Region::spellings("山东省"), ["山东省", "山东"]);
        assert_eq!(Region::spellings("新疆维吾尔自治区"), ["新疆维吾尔自治区", "新疆"]);
        assert_eq!(Region::spellings("泰安市"), ["泰安市", "泰安"]);
        assert_eq!(Region::spellings("山东"), ["山东"]);
    }
}
