//! What is known about a document apart from its text.
//!
//! ```text
//! read        the text -> title, number, issuer, region, level, kind, dates, validity, and where each was read
//! table       the index table of a page
//! title       the title on one line
//! adoption    notes under titles: who passed what when
//! kind        what kind of document a title names
//! effect      the day on which a document enters into force
//! source      where a value comes from
//! ```

mod adoption;
mod effect;
mod kind;
mod read;
mod source;
mod table;
mod title;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub(super) use self::read::metadata;
pub use self::source::{Origin, Source, Sources};
pub(super) use self::table::validity;
use super::region::Region;

/// What a document's text says about itself; `None` where it does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metadata {
    /// Title on one line.
    pub title: Option<String>,
    /// 文号, for example `咸政发〔2016〕2号`.
    pub document_number: Option<String>,
    /// Issuing body, for example `咸宁市人民政府`. Joint issuers are separated by a space.
    pub issuer: Option<String>,
    /// Region, where the text states it.
    pub region: Option<Region>,
    /// Level of the issuer.
    pub level: Option<Level>,
    /// Kind of document. A notice that carries a plan or a regulation (关于印发…方案的通知) is of the kind it carries.
    pub kind: Option<Kind>,
    /// Date of issue or adoption, ISO `YYYY-MM-DD`. Of several adoption dates (passed, amended) the latest.
    pub date: Option<String>,
    /// Date of publication, ISO.
    pub published: Option<String>,
    /// Date of entry into force, ISO.
    pub effective: Option<String>,
    /// Whether it is in force, where that is said.
    pub validity: Option<Validity>,
    /// What the versions of one document have in common; read from the other values ([`super::family_key`]) unless a
    /// caller says it. No text states it.
    pub family: Option<String>,
}

/// Level of the issuing body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 全国人大, 国务院, ministries, the supreme court and procuratorate.
    National,
    /// 省, 自治区, 直辖市.
    Province,
    /// 地级市, 州, 盟.
    Prefecture,
    /// 县, 区, 县级市.
    County,
}

/// Kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 法, 法典, 宪法.
    Law,
    /// 条例, 规定, 办法, 规则, 细则 and other rules.
    Regulation,
    /// 司法解释 of the supreme court or procuratorate.
    Interpretation,
    /// 决定, 决议.
    Decision,
    /// 意见.
    Opinion,
    /// 方案, 规划, 计划, 纲要, 行动.
    Plan,
    /// 通知, 公告, 通告.
    Notice,
    /// 报告.
    Report,
}

/// Whether a document is in force, as a page or a note says: it is never worked out from dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Validity {
    /// 现行有效, 有效.
    InForce,
    /// 已修改, 已修订: there is a later text of it.
    Amended,
    /// 已废止, 废止.
    Repealed,
    /// 失效, 已失效.
    Expired,
    /// 尚未生效, 尚未施行.
    NotYetInForce,
}

impl Validity {
    /// What texts are ordered by of which one is to stand for others, least first: in force, or nothing said of it; not
    /// yet in force; amended; repealed or expired.
    pub fn order(validity: Option<Validity>) -> u8 {
        match validity {
            None | Some(Validity::InForce) => 0,
            Some(Validity::NotYetInForce) => 1,
            Some(Validity::Amended) => 2,
            Some(Validity::Repealed | Validity::Expired) => 3,
        }
    }
}
