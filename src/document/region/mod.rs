//! Places: which province a place belongs to and on which level it stands.
//!
//! The table of divisions is in `divisions.rs`. Of places that share a name nothing is taken that they do not share.

mod divisions;

use serde::{Deserialize, Serialize};

pub(crate) use self::divisions::division_names;
use self::divisions::{CORPS, TABLE};
use super::Level;

/// Where a document applies: the place of the body that issued it.
///
/// A place below a county (乡, 镇) and an area that is no division (a 开发区 or 新区 of a city) has the region of the
/// division it is in. A division that is no more keeps the name that the document states.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Region {
    /// Short name of the province-level unit: `山东`, `内蒙古`, `北京`; `None` where the text names a place only and
    /// the place is not known to this program, or there are several of the name.
    pub province: Option<String>,
    /// Prefecture-level place in full: `枣庄市`, `恩施土家族苗族自治州`; `None` for a province-level document, and for a
    /// county directly under its province. `新疆生产建设兵团` stands here, too.
    pub city: Option<String>,
    /// County-level place in full: `怀仁市`, `朝阳区`; `None` for the document of a city or a province.
    pub county: Option<String>,
}

impl Region {
    /// Name of its most specific place in full: `峄城区`, `枣庄市`, `山东省`.
    pub fn own_name(&self) -> Option<&str> {
        let province = || self.province.as_deref().map(|short| full_name(short).unwrap_or(short));
        self.county.as_deref().or(self.city.as_deref()).or_else(province)
    }
}

/// A place at the start of a name, and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place<'a> {
    /// The region.
    pub(super) region: Region,
    /// Level of a body of this place.
    pub(super) level: Level,
    /// The text after the place.
    pub(super) rest: &'a str,
}

/// The place that a name begins with: 枣庄市人民政府, 浙江省杭州市…, 内蒙古…, 怀仁市…, 深圳经济特区….
pub(super) fn place(name: &str) -> Option<Place<'_>> {
    let name = name.strip_prefix("中国共产党").or_else(|| name.strip_prefix("中共")).unwrap_or(name);
    if let Some(rest) = name.strip_prefix(CORPS) {
        let region = Region { province: Some("新疆".to_owned()), city: Some(CORPS.to_owned()), county: None };
        return Some(Place { region, level: Level::Province, rest });
    }
    if let Some((short, rest)) = province(name) {
        let mut place =
            below(rest, Some(short)).unwrap_or(Place { region: Region::default(), level: Level::Province, rest });
        place.region.province = Some(short.to_owned());
        return Some(place);
    }
    below(name, None).or_else(|| short_prefecture(name).filter(|p| p.rest.starts_with("经济特区")))
}

/// The city that a name begins with by its short name: 宁波杭州湾新区. Only where a city is known to be meant.
pub(super) fn short_prefecture(name: &str) -> Option<Place<'_>> {
    prefixes(name, 6).find_map(|short| {
        let full = format!("{short}市");
        let province = TABLE.prefectures.get(full.as_str())?;
        let region = Region { province: Some((*province).to_owned()), city: Some(full), county: None };
        Some(Place { region, level: Level::Prefecture, rest: name.get(short.len()..)? })
    })
}

/// A province at the start of a name: short name, and what follows.
fn province(name: &str) -> Option<(&'static str, &str)> {
    for (full, short) in &TABLE.provinces {
        if let Some(rest) = name.strip_prefix(full) {
            return Some((short, rest));
        }
    }
    for (_, short) in &TABLE.provinces {
        // 吉林市 is a place in 吉林, 海南藏族自治州 one in 青海: a short name counts only where no longer name stands.
        let rest = name.strip_prefix(short).filter(|r| !r.starts_with(['市', '县', '区', '藏', '省', '路']));
        if let Some(rest) = rest
            && prefecture(name).is_none()
        {
            return Some((short, rest));
        }
    }
    None
}

/// The short name of a province named anywhere in a text, where exactly one is.
pub(super) fn only_province<'t>(names: &[&'t str], text: &str) -> Option<&'t str> {
    let mut found = names.iter().filter(|n| text.contains(**n));
    let first = found.next()?;
    found.next().is_none().then_some(*first)
}

/// Short and full names of the autonomous regions, which call themselves 自治区 in their documents.
pub(super) const AUTONOMOUS: &[(&str, &str)] = &[
    ("内蒙古", "内蒙古自治区"),
    ("广西", "广西壮族自治区"),
    ("西藏", "西藏自治区"),
    ("宁夏", "宁夏回族自治区"),
    ("新疆", "新疆维吾尔自治区"),
];

/// Full name of a province.
fn full_name(short: &str) -> Option<&'static str> {
    TABLE.provinces.iter().find(|(_, s)| *s == short).map(|(full, _)| *full)
}

/// A place below the province.
fn below<'a>(name: &'a str, within: Option<&'static str>) -> Option<Place<'a>> {
    let owned = |name: Option<&str>| name.map(str::to_owned);
    if let Some((prefecture, province)) = prefecture(name).filter(|(_, p)| within.is_none_or(|w| w == *p)) {
        let rest = name.get(prefecture.len()..).unwrap_or("");
        let county = county(rest);
        let region = Region { province: owned(Some(province)), city: owned(Some(prefecture)), county: owned(county) };
        let level = if county.is_some() { Level::County } else { Level::Prefecture };
        return Some(Place { region, level, rest: rest.get(county.map_or(0, str::len)..)? });
    }
    if let Some(county) = county(name) {
        let (province, city) = TABLE.seat(county, within)?;
        let region = Region { province: owned(within.or(province)), city: owned(city), county: owned(Some(county)) };
        return Some(Place { region, level: Level::County, rest: name.get(county.len()..)? });
    }
    // An unknown place is told by its last character, before the name of a body.
    if name.starts_with(['关', '各', '本', '该', '由', '向', '经', '全', '我']) {
        return None;
    }
    for (at, c) in name.char_indices().take(9).skip(1) {
        let rest = name.get(at + c.len_utf8()..).unwrap_or("");
        let body =
            ["人民政府", "委员会", "人民代表大会", "第", "委", "政府", "办公室"].iter().any(|b| rest.starts_with(b));
        if matches!(c, '市' | '县' | '区' | '旗') && body && at >= 6 {
            let county = name.get(..at + c.len_utf8())?;
            let region = Region { province: owned(within), city: None, county: owned(Some(county)) };
            return Some(Place { region, level: Level::County, rest });
        }
    }
    None
}

/// The prefecture that a name begins with, and its province.
fn prefecture(name: &str) -> Option<(&str, &'static str)> {
    prefixes(name, 12).filter_map(|p| TABLE.prefectures.get(p).map(|province| (p, *province))).last()
}

/// The county that a name begins with.
fn county(name: &str) -> Option<&str> {
    prefixes(name, 15).filter(|p| TABLE.counties.contains_key(p)).last()
}

/// Prefixes of two to `longest` characters.
fn prefixes(name: &str, longest: usize) -> impl Iterator<Item = &str> {
    let ends = name.char_indices().map(|(at, c)| at + c.len_utf8()).take(longest).skip(1);
    ends.filter_map(move |end| name.get(..end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str) -> (String, Level, String) {
        let p = place(name).expect("a place");
        let parts = [p.region.province, p.region.city, p.region.county].map(|part| part.unwrap_or("-".to_owned()));
        (parts.join(" "), p.level, p.rest.to_owned())
    }

    #[test]
    fn places_are_told_with_their_province_and_level() {
        use Level::{County, Prefecture, Province};
        for (name, region, level, rest) in [
            ("枣庄市人民政府", "山东 枣庄市 -", Prefecture, "人民政府"),
            ("中共泰安市委", "山东 泰安市 -", Prefecture, "委"),
            ("怀仁市人民政府", "山西 朔州市 怀仁市", County, "人民政府"),
            ("内蒙古自治区人民政府", "内蒙古 - -", Province, "人民政府"),
            ("西藏政府工作报告", "西藏 - -", Province, "政府工作报告"),
            ("吉林市人民政府", "吉林 吉林市 -", Prefecture, "人民政府"),
            ("海南藏族自治州人民政府", "青海 海南藏族自治州 -", Prefecture, "人民政府"),
            ("浙江省杭州市西湖区人民政府", "浙江 杭州市 西湖区", County, "人民政府"),
            ("北京市朝阳区人民政府", "北京 - 朝阳区", County, "人民政府"),
            ("朝阳市人民政府", "辽宁 朝阳市 -", Prefecture, "人民政府"),
            ("朝阳区人民政府", "- - 朝阳区", County, "人民政府"),
            ("某某县人民政府", "- - 某某县", County, "人民政府"),
            ("莱芜市人民政府", "山东 莱芜市 -", Prefecture, "人民政府"),
            ("深圳经济特区养犬管理条例", "广东 深圳市 -", Prefecture, "经济特区养犬管理条例"),
            ("海南经济特区禁毒条例", "海南 - -", Province, "经济特区禁毒条例"),
            ("新疆生产建设兵团办公厅", "新疆 新疆生产建设兵团 -", Province, "办公厅"),
        ] {
            assert_eq!(read(name), (region.to_owned(), level, rest.to_owned()), "{name}");
        }
    }

    #[test]
    fn bodies_without_a_place_have_none() {
        for name in ["国务院", "市人民政府", "最高人民法院", "全国人民代表大会常务委员会", "国家市场监督管理总局"]
        {
            assert_eq!(place(name), None, "{name}");
        }
    }
}
