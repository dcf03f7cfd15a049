//! The table of administrative divisions, and what users call them.
//!
//! `divisions.txt` lists the divisions as they are, `former.txt` those that are no more: documents keep the name they
//! state. Both say where they come from. Lines that begin with `;` are remarks; a line `# full short` opens a province, a
//! line of names is a prefecture and its counties, a line that begins with `-` lists counties directly under the
//! province, and `= name province now since` is a former prefecture.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::Region;

/// The tables as they stand in the repository.
const DIVISIONS: &str = include_str!("divisions.txt");
const FORMER: &str = include_str!("former.txt");

/// Where a county is: the short name of its province, and its prefecture unless it is directly under the province.
pub(super) type Seat = (&'static str, Option<&'static str>);

/// All divisions by their full names.
#[derive(Default)]
pub(super) struct Divisions {
    /// Full and short names of provinces.
    pub(super) provinces: Vec<(&'static str, &'static str)>,
    /// Prefectures that are or were, and the short name of their province.
    pub(super) prefectures: HashMap<&'static str, &'static str>,
    /// Counties, with each place that has one of the name; former ones where none has the name today.
    pub(super) counties: HashMap<&'static str, Vec<Seat>>,
    /// Former prefectures, and the one of today.
    former: HashMap<&'static str, &'static str>,
    /// Those of the counties that are no more.
    former_counties: HashSet<&'static str>,
}

/// The tables, read.
pub(super) static TABLE: LazyLock<Divisions> = LazyLock::new(|| {
    let mut table = Divisions::default();
    for (name, province, city) in table.read(DIVISIONS) {
        table.counties.entry(name).or_default().push((province, city));
    }
    let mut former = table.read(FORMER);
    former.retain(|(name, ..)| !table.counties.contains_key(name));
    for (name, province, city) in former {
        table.former_counties.insert(name);
        table.counties.entry(name).or_default().push((province, city));
    }
    table
});

/// Full names of all divisions: provinces, prefectures, counties, former ones; in no order, some of them more than once.
pub(crate) fn division_names() -> impl Iterator<Item = &'static str> {
    let provinces = TABLE.provinces.iter().map(|(full, _)| *full);
    provinces.chain(TABLE.prefectures.keys().copied()).chain(TABLE.counties.keys().copied())
}

/// The corps of 新疆, which issues documents of its own and is no division: it stands as a city of its province.
pub(super) const CORPS: &str = "新疆生产建设兵团";

impl Divisions {
    /// Reads provinces and prefectures of a table; its counties: name, province, prefecture.
    fn read(&mut self, lines: &'static str) -> Vec<(&'static str, &'static str, Option<&'static str>)> {
        let mut counties = Vec::new();
        let mut province = "";
        for line in lines.lines().filter(|line| !line.starts_with(';')) {
            let mut words = line.split(' ');
            let prefecture = match words.next() {
                Some("#") => {
                    let full = words.next().unwrap_or_default();
                    province = words.next().unwrap_or(full);
                    if !self.provinces.contains(&(full, province)) {
                        self.provinces.push((full, province));
                    }
                    continue;
                }
                Some("=") => {
                    if let (Some(name), Some(province), Some(now)) = (words.next(), words.next(), words.next()) {
                        self.prefectures.entry(name).or_insert(province);
                        self.former.insert(name, now);
                    }
                    continue;
                }
                Some("-") | None => None,
                Some(prefecture) => {
                    self.prefectures.entry(prefecture).or_insert(province);
                    Some(prefecture)
                }
            };
            counties.extend(words.map(|county| (county, province, prefecture)));
        }
        counties
    }

    /// Where the counties of this name are, in a province or anywhere: `None` in what several of them do not share.
    pub(super) fn seat(
        &self,
        county: &str,
        within: Option<&str>,
    ) -> Option<(Option<&'static str>, Option<&'static str>)> {
        let mut seats = self.counties.get(county)?.iter().filter(|(p, _)| within.is_none_or(|w| w == *p));
        let Some((province, city)) = seats.next() else { return Some((None, None)) };
        match seats.next() {
            None => Some((Some(province), *city)),
            Some(other) => Some((seats.chain([other]).all(|s| s.0 == *province).then_some(*province), None)),
        }
    }

    /// Short name of a province by its full or short name.
    fn province(&self, name: &str) -> Option<&'static str> {
        self.provinces.iter().find(|(full, short)| *full == name || *short == name).map(|(_, short)| *short)
    }

    /// The division that took the place of a former one; others as they are.
    fn current<'n>(&self, city: &'n str) -> &'n str {
        self.former.get(city).copied().unwrap_or(city)
    }

    /// A city and the former ones that it took the place of.
    fn with_former<'n>(&'n self, province: &str, city: &'n str) -> Vec<&'n str> {
        let mut former: Vec<&str> = self
            .former
            .iter()
            .filter(|(n, now)| **now == city && self.prefectures[*n] == province)
            .map(|f| *f.0)
            .collect();
        former.sort_unstable();
        std::iter::once(city).chain(former).collect()
    }
}

/// Endings that cities are called without.
const CITY_ENDINGS: [&str; 4] = ["市", "地区", "盟", "自治州"];
/// Peoples that the names of 自治州 go on with.
const PEOPLES: [&str; 18] = [
    "土家族",
    "苗族",
    "藏族",
    "布依族",
    "侗族",
    "傣族",
    "景颇族",
    "彝族",
    "哈尼族",
    "壮族",
    "白族",
    "傈僳族",
    "回族",
    "蒙古",
    "哈萨克",
    "柯尔克孜",
    "朝鲜族",
    "羌族",
];
/// Endings that counties are called without.
const COUNTY_ENDINGS: [&str; 5] = ["自治县", "市", "县", "区", "旗"];

impl Region {
    /// The regions that a user may mean by `name`: 山东, 山东省, 枣庄市, 枣庄, 峄城区, 山东省枣庄市. Several where counties share
    /// it; none where no division has that name. A name with its ending is a division of just that name; one without
    /// is a province, or else a city, or else a county.
    ///
    /// # Examples
    /// ```
    /// use clausewise::document::Region;
    /// let found = Region::named("枣庄");
    /// assert_eq!((found.len(), found[0].to_string()), (1, "山东省枣庄市".to_owned()));
    /// assert!(Region::named("朝阳区").len() > 1);
    /// assert!(Region::named("山东生").is_empty());
    /// ```
    pub fn named(name: &str) -> Vec<Region> {
        let name: String = name.chars().filter(|c| !c.is_whitespace()).collect();
        if name == CORPS || name == "兵团" {
            return vec![Region::of("新疆", Some(CORPS), None)];
        }
        if let Some(short) = TABLE.province(&name) {
            return vec![Region::of(short, None, None)];
        }
        let within = TABLE.provinces.iter().find_map(|(full, short)| {
            let rest = name.strip_prefix(full).or_else(|| name.strip_prefix(short))?;
            Some(below(rest, Some(short))).filter(|found| !found.is_empty())
        });
        within.unwrap_or_else(|| below(&name, None))
    }

    /// The region that this one is today: 襄樊市 is 襄阳市. Others as they are.
    pub fn today(&self) -> Region {
        let city = self.city.as_deref().map(|city| TABLE.current(city).to_owned());
        Region { city, ..self.clone() }
    }

    /// The names under which the city of this region may be stored: its own, and those of former cities that it took
    /// the place of; empty for a region without a city.
    pub fn cities(&self) -> Vec<&str> {
        match (&self.province, &self.city) {
            (Some(province), Some(city)) => TABLE.with_former(province, city),
            (None, Some(city)) => vec![city],
            (_, None) => Vec::new(),
        }
    }

    /// Whether this region is the other one or holds it.
    pub fn holds(&self, other: &Region) -> bool {
        let same = |a: &Option<String>, b: &Option<String>| a.is_none() || a == b;
        let city = self.city.is_none() || other.city.as_deref().is_some_and(|c| self.cities().contains(&c));
        same(&self.province, &other.province) && city && same(&self.county, &other.county)
    }

    /// Names that are near to a name that no region has, for a hint: at most three.
    pub fn similar_names(name: &str) -> Vec<&'static str> {
        let characters: Vec<char> = name.chars().collect();
        let all =
            TABLE.provinces.iter().flat_map(|(full, short)| [*full, *short]).chain(TABLE.prefectures.keys().copied());
        let mut near: Vec<(usize, &str)> =
            all.chain(TABLE.counties.keys().copied()).filter_map(|n| Some((distance(&characters, n)?, n))).collect();
        near.sort_unstable();
        near.dedup();
        near.into_iter().take(3).map(|(_, n)| n).collect()
    }

    fn of(province: &str, city: Option<&str>, county: Option<&str>) -> Region {
        Region { province: Some(province.to_owned()), city: city.map(str::to_owned), county: county.map(str::to_owned) }
    }
}

/// The whole name: 山东省枣庄市峄城区. [`Region::named`] reads it back.
impl std::fmt::Display for Region {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(short) = &self.province {
            f.write_str(super::full_name(short).unwrap_or(short))?;
        }
        [&self.city, &self.county].into_iter().flatten().try_for_each(|name| f.write_str(name))
    }
}

/// The divisions below a province that a name may mean.
fn below(name: &str, within: Option<&str>) -> Vec<Region> {
    let allowed = |province: &str| within.is_none_or(|w| w == province);
    let city = |name: &str| TABLE.prefectures.get_key_value(name).filter(|(_, p)| allowed(p));
    let counties = |name: &str, city: Option<&str>| -> Vec<Region> {
        let Some((county, seats)) = TABLE.counties.get_key_value(name) else { return Vec::new() };
        let seats = seats.iter().filter(|(p, c)| allowed(p) && (city.is_none() || *c == city));
        seats.map(|(p, c)| Region::of(p, *c, Some(county))).collect()
    };
    if let Some((full, province)) = city(name) {
        return vec![Region::of(province, Some(full), None)];
    }
    let full = counties(name, None);
    if !full.is_empty() {
        return full;
    }
    let short_city = CITY_ENDINGS.iter().find_map(|ending| city(&format!("{name}{ending}"))).or_else(|| {
        // 恩施 for 恩施土家族苗族自治州
        let long = |full: &str| {
            let rest = full.strip_prefix(name).filter(|_| name.chars().count() >= 2 && full.ends_with("自治州"));
            rest.is_some_and(|rest| PEOPLES.iter().any(|people| rest.starts_with(people)))
        };
        TABLE.prefectures.iter().find(|(full, p)| long(full) && allowed(p))
    });
    if let Some((full, province)) = short_city {
        return vec![Region::of(province, Some(full), None)];
    }
    // 枣庄市峄城区
    for (at, c) in name.char_indices().skip(1) {
        let (head, rest) = name.split_at(at + c.len_utf8());
        if let Some((full, _)) = city(head).filter(|_| !rest.is_empty()) {
            let found = counties(rest, Some(full));
            if !found.is_empty() {
                return found;
            }
        }
    }
    if name.chars().count() < 2 {
        return Vec::new();
    }
    let full: Vec<String> = COUNTY_ENDINGS.iter().map(|ending| format!("{name}{ending}")).collect();
    let (former, now): (Vec<&String>, Vec<&String>) =
        full.iter().partition(|full| TABLE.former_counties.contains(full.as_str()));
    // 黔西 is 黔西市, and no longer 黔西县.
    let found: Vec<Region> = now.into_iter().flat_map(|full| counties(full, None)).collect();
    if found.is_empty() { former.into_iter().flat_map(|full| counties(full, None)).collect() } else { found }
}

/// How far a known name is from one that is not known: one character changed, lacking or too many; `None` for farther.
fn distance(name: &[char], known: &str) -> Option<usize> {
    let known: Vec<char> = known.chars().collect();
    let same = name.iter().zip(&known).take_while(|(a, b)| a == b).count();
    let tail = name.iter().rev().zip(known.iter().rev()).take_while(|(a, b)| a == b).count();
    let longest = name.len().max(known.len());
    let changed = longest.saturating_sub((same + tail).min(longest));
    (longest >= 2 && changed <= 1 && same + tail > 0).then_some(changed * 4 + name.len().abs_diff(known.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(name: &str) -> Vec<String> {
        Region::named(name).iter().map(Region::to_string).collect()
    }

    #[test]
    fn the_table_has_all_divisions() {
        assert_eq!(TABLE.provinces.len(), 34);
        let now = TABLE.prefectures.keys().filter(|name| !TABLE.former.contains_key(*name)).count();
        assert_eq!(now, 333);
        let counties = DIVISIONS.lines().filter(|line| !line.starts_with([';', '#']));
        assert_eq!(counties.map(|line| line.split(' ').count() - 1).sum::<usize>(), 2_847);
    }

    #[test]
    fn every_former_city_is_a_city_of_its_province_today() {
        for (name, now) in &TABLE.former {
            assert_eq!(TABLE.prefectures.get(now), TABLE.prefectures.get(name), "{name}");
            assert!(!TABLE.former.contains_key(now), "{name}");
            assert!(!TABLE.counties.contains_key(name), "{name} is a county, too");
        }
        assert!(TABLE.former.len() > 150, "{}", TABLE.former.len());
    }

    #[test]
    fn regions_are_found_by_short_long_and_whole_names() {
        for name in ["山东", "山东省"] {
            assert_eq!(names(name), ["山东省"]);
        }
        for name in ["枣庄", "枣庄市", "山东枣庄", "山东省枣庄市"] {
            assert_eq!(names(name), ["山东省枣庄市"], "{name}");
        }
        for name in ["峄城区", "峄城", "枣庄市峄城区", "山东省枣庄市峄城区", "山东峄城区"] {
            assert_eq!(names(name), ["山东省枣庄市峄城区"], "{name}");
        }
        assert_eq!(names("新疆维吾尔自治区"), ["新疆维吾尔自治区"]);
        assert_eq!(names("恩施"), ["湖北省恩施土家族苗族自治州"]);
        assert_eq!(names("吉林"), ["吉林省"]);
        assert_eq!(names("吉林市"), ["吉林省吉林市"]);
        assert_eq!(names("北京市朝阳区"), ["北京市朝阳区"]);
        assert_eq!(names("章丘市"), ["山东省济南市章丘市"]);
        assert_eq!(names("黔西"), ["贵州省毕节市黔西市"]);
        assert_eq!(names("黔西县"), ["贵州省毕节市黔西县"]);
        assert_eq!(names("襄樊市"), ["湖北省襄樊市"]);
        assert_eq!(names("新疆生产建设兵团").len(), 1);
        assert!(names("朝阳区").len() >= 2);
        for name in ["", "市", "山东生", "某某县", "枣庄市人民政府"] {
            assert_eq!(names(name), Vec::<String>::new(), "{name}");
        }
    }

    #[test]
    fn a_region_holds_what_lies_in_it_and_former_cities_that_became_part_of_it() {
        let one = |name: &str| Region::named(name).remove(0);
        assert!(one("山东").holds(&one("峄城区")) && one("枣庄").holds(&one("峄城区")));
        assert!(!one("峄城区").holds(&one("枣庄")) && !one("泰安").holds(&one("峄城区")));
        assert!(one("济南市").holds(&one("莱芜市")) && !one("莱芜市").holds(&one("济南市")));
        assert_eq!(one("襄樊市").today(), one("襄阳市"));
    }

    #[test]
    fn a_slip_is_answered_with_names_that_are_near() {
        assert_eq!(Region::similar_names("山东生").first(), Some(&"山东省"));
        assert!(Region::similar_names("枣壮市").contains(&"枣庄市"));
        assert!(Region::similar_names("甲乙丙丁").is_empty());
    }
}
