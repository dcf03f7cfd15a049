//! Which documents are versions of one document.
//!
//! A regulation before and after it was amended, a trial text and the final one, the copy of a web page and that of a
//! file: they have one title and one issuer, and other dates. Documents with the same key form a *family*.
//!
//! A wrong key hides precedents and a missing one shows a document twice. The first does more harm, so where title or
//! place leave a doubt there is no key. A caller who knows better says it ([`Metadata::family`]).

use unicode_normalization::UnicodeNormalization;

use super::chars::is_space;
use super::lines::ends_in_body;
use super::{Level, Metadata, Region};
use crate::error::{Error, Result};

/// Raised when the same document gets another key than before: stores derive the keys of their documents again.
pub(crate) const FAMILY_RULE: u32 = 1;

/// Longest key that a caller may give, in characters.
const MOST_CHARACTERS: usize = 200;

/// The key of the family that a document belongs to: `山东|济南市|养犬管理条例`, `全国|公安部|机动车登记规定`.
///
/// It is made of the issuer's place and of the title. The title is taken without compatibility forms, white space, title
/// marks around it, notes in brackets at its end that tell versions apart (2019年修正, 修订, 试行, 全文, a date of adoption),
/// and without the issuer and its place at the start; of a notice that prints a document (关于印发…的通知) the title of that
/// document. A 的 before 若干 or the kind of document goes, for copies differ in it.
///
/// - A congress, its standing committee, the government, its office and the party committee of a place are one issuer:
///   copies of one text name different ones of them, or none. A department is an issuer of its own.
/// - Drafts (草案, 征求意见稿) keep that word: a later draft must not represent the text in force. Numbers and years alone in
///   brackets stay: 解释（二） and 修正案（2018年） are other documents.
/// - A part of a law in a file of its own has the number of its `first_article`, the label of its first numbered
///   article, in its key: parts are no versions of each other.
///
/// - What is issued again and again under one title (notices, reports, decisions on amending) has its date in its key, so
///   that only copies of one text meet.
///
/// `None` where the title or the place is not known, where the title names no subject (意见, 政府工作报告, 工作要点), and
/// where a date is wanted and there is none.
///
/// # Examples
/// ```
/// use clausewise::document::{Metadata, Region, family_key};
/// let region = Some(Region { province: Some("山东".into()), city: Some("济南市".into()), county: None });
/// let titled = |title: &str| Metadata { title: Some(title.into()), region: region.clone(), ..Metadata::default() };
/// let key = Some("山东|济南市|养犬管理条例".to_owned());
/// assert_eq!(family_key(&titled("济南市养犬管理条例（2019年修正）"), Some("第一条")), key);
/// assert_eq!(family_key(&titled("济南市人民政府关于印发《济南市养犬管理条例》的通知"), None), key);
/// assert_eq!(family_key(&titled("济南市人民政府关于修改《济南市养犬管理条例》的决定"), None), None);
/// assert_eq!(family_key(&titled("政府工作报告"), None), None);
/// ```
pub fn family_key(metadata: &Metadata, first_article: Option<&str>) -> Option<String> {
    let written: String = metadata.title.as_deref()?.nfkc().filter(|c| !is_space(*c) && *c != SEPARATOR).collect();
    let issuers: Vec<&str> =
        metadata.issuer.iter().flat_map(|i| i.split([' ', '、'])).filter(|i| !i.is_empty()).collect();
    let region = metadata.region.as_ref();
    let mut parts: Vec<String> = match region {
        Some(Region { province: Some(province), city, county }) => {
            [Some(province), city.as_ref(), county.as_ref()].into_iter().flatten().cloned().collect()
        }
        None if metadata.level == Some(Level::National) || issuers.iter().any(|i| is_of_the_state(i)) => {
            vec!["全国".to_owned()]
        }
        // A county that two provinces have, or an issuer of nowhere: anybody's document would do.
        _ => return None,
    };
    let title = subject(&written, region)?;
    let department = match region {
        Some(region) => department(&issuers, region),
        None => ministry(&issuers).filter(|_| !written.starts_with(STATE)),
    };
    parts.extend(department);
    parts.push(title);
    if is_repeated(parts.last()?) {
        parts.push(metadata.date.clone().or_else(|| metadata.published.clone())?);
    }
    parts.extend(first_article.filter(|label| begins_later(label)).map(|label| format!("{label}起")));
    Some(parts.join(&SEPARATOR.to_string()))
}

/// Parts the parts of a key.
const SEPARATOR: char = '|';

/// What laws of the state begin with.
const STATE: &str = "中华人民共和国";

impl Metadata {
    /// Checks the family that a caller gave.
    ///
    /// # Errors
    /// [`Error::Invalid`] that names the field.
    pub(super) fn check_family(&self) -> Result<()> {
        let Some(family) = &self.family else { return Ok(()) };
        let characters = family.chars().count();
        if family.trim().is_empty() || characters > MOST_CHARACTERS || family.chars().any(char::is_control) {
            let expected = format!("1 to {MOST_CHARACTERS} characters, none of them control and not only white space");
            return Err(Error::invalid("family", expected, family));
        }
        Ok(())
    }
}

/// What a title is about: without the issuer, its place, and notes on the version. `None` where nothing is left that
/// would tell it from other documents of the issuer.
fn subject(written: &str, region: Option<&Region>) -> Option<String> {
    let mut title = written;
    // A notice prints a document whose title has a place and brackets of its own.
    for _ in 0..4 {
        let before = title;
        title = without_note(without_marks(title));
        title = without_issuer(title);
        title = match region {
            Some(region) => without_place(title, region),
            None => title.strip_prefix(STATE).unwrap_or(title),
        };
        title = printed(title).unwrap_or(title);
        if title == before {
            break;
        }
    }
    let title = without_linking(title);
    let mut rest = title.as_str();
    while let Some(shorter) = GENERAL.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = shorter;
    }
    (!rest.is_empty()).then_some(title)
}

/// Words that name no subject. A title of nothing else could be any document of its issuer.
const GENERAL: &[&str] = &[
    "人民政府",
    "人大常委会",
    "政府",
    "工作",
    "年度",
    "本级",
    "贯彻",
    "实施",
    "指导",
    "若干",
    "有关",
    "相关",
    "具体",
    "事项",
    "情况",
    "问题",
    "重要",
    "补充",
    "任免",
    "关于",
    "通知",
    "公告",
    "通告",
    "通报",
    "意见",
    "决定",
    "决议",
    "报告",
    "方案",
    "计划",
    "规划",
    "纲要",
    "要点",
    "安排",
    "办法",
    "规定",
    "细则",
    "条例",
    "规则",
    "措施",
    "公报",
    "总结",
    "批复",
    "函",
    "令",
    "目录",
    "清单",
    "制度",
    "章程",
    "讲话",
    "文件",
    "法规",
    "汇编",
    "附件",
    "附表",
    "正文",
    "名单",
    "全文",
    "的",
];

/// A title without the title marks around all of it.
fn without_marks(title: &str) -> &str {
    let inner = title.strip_prefix('《').and_then(|t| t.strip_suffix('》'));
    inner.filter(|inner| !inner.contains(['《', '》'])).unwrap_or(title)
}

/// A title without notes in brackets at its end that tell versions apart.
fn without_note(title: &str) -> &str {
    let mut title = title;
    while let Some((before, note)) = title.strip_suffix([')', '〕', ']']).and_then(|t| t.rsplit_once(['(', '〔', '[']))
    {
        let draft = ["草案", "稿"].iter().any(|word| note.contains(word));
        let told = ["修正", "修订", "修改", "试行", "暂行", "文本", "全文", "通过", "令第", "版"];
        let day = note.contains('年') && note.contains('月') && note.contains('日');
        if before.is_empty() || draft || !(day || told.iter().any(|word| note.contains(word))) {
            break;
        }
        title = before;
    }
    title
}

/// A title without the body that issues and 关于: 济南市人民政府办公厅关于….
fn without_issuer(title: &str) -> &str {
    // 贯彻国务院关于…的实施办法 is issued by somebody else.
    const ABOUT_ANOTHERS: &[&str] = &["《", "贯彻", "落实", "实施", "转发", "执行"];
    let is_issuer = |head: &str| ends_in_body(head) && !ABOUT_ANOTHERS.iter().any(|word| head.contains(word));
    match title.split_once("关于") {
        Some((head, rest)) if head.is_empty() || is_issuer(head) => rest,
        _ => title,
    }
}

/// A name without the place at its start, if it is this one: of 上海市浦东新区… issued by 上海, 浦东新区… is left.
fn without_place<'t>(name: &'t str, region: &Region) -> &'t str {
    let province = Region { province: region.province.clone(), ..Region::default() };
    let mut rest = name;
    if let Some(full) = province.own_name()
        && let Some(after) = rest.strip_prefix(full)
    {
        rest = after;
    } else if let Some(short) = &region.province
        && let Some(after) = rest.strip_prefix(short.as_str())
        // 吉林市 is a place in 吉林.
        && !after.starts_with(['省', '市', '县', '区', '藏', '路'])
    {
        rest = after;
    }
    for part in [&region.city, &region.county].into_iter().flatten() {
        rest = rest.strip_prefix(part.as_str()).unwrap_or(rest);
    }
    rest
}

/// The title of the one document that a notice prints: 印发《…》的通知. What another body's document is passed on with
/// (转发…) is none.
fn printed(title: &str) -> Option<&str> {
    let rest = ["印发", "发布", "公布", "颁布", "颁发", "下发"].iter().find_map(|word| title.strip_prefix(word))?;
    let inner = ["的通知", "的公告", "的通告", "的决定"].iter().find_map(|end| rest.strip_suffix(end))?;
    let one = inner.matches('《').count() <= 1
        || inner.starts_with('《') && !inner.contains("》和《") && !inner.contains("》、《");
    let several = inner.contains("》等") || inner.ends_with("个文件") || inner.ends_with("项制度");
    (one && !several).then_some(inner)
}

/// A title without 的 before 若干 and the kind of document.
fn without_linking(title: &str) -> String {
    let kinds = ["若干", "实施", "规定", "办法", "细则", "意见", "决定", "解释", "方案", "批复", "通知", "条例"];
    let mut out = String::with_capacity(title.len());
    let mut rest = title;
    while let Some((before, after)) = rest.split_once('的') {
        out.push_str(before);
        if !kinds.iter().any(|kind| after.starts_with(kind)) {
            out.push('的');
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Whether there are many documents of this title, one at a time: it says what was done, and no rule that stays.
fn is_repeated(title: &str) -> bool {
    const ACTS: &[&str] =
        &["修改", "修订", "修正", "废止", "任免", "任命", "表彰", "表扬", "授予", "批准", "接受", "召开"];
    let ends = |ends: &[&str]| ends.iter().any(|end| title.ends_with(end));
    ends(&["通知", "公告", "通告", "通报", "报告", "公报", "名单", "批复", "复函", "要点", "安排"])
        || ends(&["决定", "决议"]) && ACTS.iter().any(|act| title.starts_with(act))
}

/// Whether a label is that of an article after the first: 第九百八十九条.
fn begins_later(label: &str) -> bool {
    let number = label.strip_prefix('第').and_then(|label| label.strip_suffix('条'));
    number.is_some_and(|number| !matches!(number.trim_matches(is_space), "" | "一" | "1" | "１" | "壹"))
}

/// Whether a body speaks for the whole state, so that its titles need no name beside them.
fn is_of_the_state(issuer: &str) -> bool {
    let issuer = issuer.strip_prefix(STATE).unwrap_or(issuer);
    let whole = ["全国人民代表大会", "全国人大", "中共中央", "中国共产党中央", "中央军"];
    matches!(issuer, "国务院" | "国务院办公厅" | "政务院") || whole.iter().any(|w| issuer.starts_with(w))
}

/// The ministries that issued, unless one of the issuers speaks for the state.
fn ministry(issuers: &[&str]) -> Option<String> {
    let names: Vec<&str> = issuers.iter().map(|i| i.strip_prefix(STATE).unwrap_or(i)).collect();
    (!names.is_empty() && !issuers.iter().any(|i| is_of_the_state(i))).then(|| names.join("、"))
}

/// The departments that issued, without their place, unless one of the issuers speaks for the place: its congress, its
/// government, its party committee.
fn department(issuers: &[&str], region: &Region) -> Option<String> {
    let speaks_for_all = |name: &str| {
        let whole = ["人民代表", "人大", "人民政府", "政府", "委员会", "委办公"];
        matches!(name, "" | "委") || whole.iter().any(|w| name.starts_with(w))
    };
    let mut names = Vec::new();
    for issuer in issuers {
        let issuer = issuer.strip_prefix("中国共产党").or_else(|| issuer.strip_prefix("中共")).unwrap_or(issuer);
        let name = without_place(issuer, region);
        // 市人民政府, where the place is not named with it.
        if speaks_for_all(name) || name.strip_prefix(['省', '市', '县', '区', '州', '盟']).is_some_and(speaks_for_all)
        {
            return None;
        }
        names.push(name);
    }
    (!names.is_empty()).then(|| names.join("、"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(title: &str, issuer: &str, parts: [Option<&str>; 3]) -> Metadata {
        let [province, city, county] = parts.map(|part| part.map(str::to_owned));
        Metadata {
            title: Some(title.to_owned()),
            issuer: Some(issuer.to_owned()).filter(|issuer| !issuer.is_empty()),
            region: Some(Region { province, city, county }),
            ..Metadata::default()
        }
    }

    fn national(title: &str, issuer: &str) -> Metadata {
        Metadata {
            title: Some(title.to_owned()),
            issuer: Some(issuer.to_owned()),
            level: Some(Level::National),
            ..Metadata::default()
        }
    }

    fn key(metadata: &Metadata) -> Option<String> {
        family_key(metadata, Some("第一条"))
    }

    const JINAN: [Option<&str>; 3] = [Some("山东"), Some("济南市"), None];

    #[test]
    fn versions_and_copies_of_a_regulation_have_one_key() {
        for (title, issuer) in [
            ("济南市养犬管理条例", "济南市人民代表大会常务委员会"),
            ("济南市养犬管理条例（2019年修正）", "济南市人民代表大会"),
            ("济南市 养犬管理条例(修正文本)", ""),
            ("山东省济南市养犬管理条例（试行）", ""),
            ("《济南市养犬管理条例》", ""),
            ("济南市养犬管理条例", "市人民政府"),
            ("济南市城市管理行政执法局关于印发济南市养犬管理条例的通知", "济南市人民政府"),
            ("济南市人民政府关于印发《济南市养犬管理条例》的通知", "济南市人民政府"),
            ("济南市人民政府办公厅关于印发济南市养犬管理条例（2021年修订）的通知", "济南市人民政府办公厅"),
        ] {
            let found = key(&local(title, issuer, JINAN));
            assert_eq!(found.as_deref(), Some("山东|济南市|养犬管理条例"), "{title}");
        }
    }

    #[test]
    fn documents_of_other_places_bodies_and_subjects_have_other_keys() {
        let own = key(&local("济南市养犬管理条例", "济南市人民代表大会常务委员会", JINAN));
        for other in [
            local("青岛市养犬管理条例", "", [Some("山东"), Some("青岛市"), None]),
            local("山东省养犬管理条例", "", [Some("山东"), None, None]),
            local("济南市养犬管理条例", "济南市公安局", JINAN),
            local("济南市养犬管理条例实施细则", "", JINAN),
            local("济南市养犬管理条例（修订草案征求意见稿）", "", JINAN),
            local("济南市人民政府办公厅转发山东省养犬管理条例的通知", "", JINAN),
        ] {
            assert_ne!(key(&other), own, "{other:?}");
        }
        let (second, third) = (
            national("关于审理某案件的解释（二）", "最高人民法院"),
            national("关于审理某案件的解释（三）", "最高人民法院"),
        );
        assert_ne!(key(&second), key(&third));
        let (a, b) = (
            national("中华人民共和国宪法修正案（1988年）", "全国人民代表大会"),
            national("中华人民共和国宪法修正案（2018年）", "全国人民代表大会"),
        );
        assert_ne!(key(&a), key(&b));
        let pudong = local("上海市浦东新区停车条例", "上海市人民代表大会", [Some("上海"), None, None]);
        assert_eq!(key(&pudong).as_deref(), Some("上海|浦东新区停车条例"));
    }

    #[test]
    fn a_title_that_names_no_subject_or_a_place_that_is_not_known_gives_no_key() {
        for title in [
            "政府工作报告",
            "济南市人民政府工作报告",
            "通知",
            "济南市人民政府公告",
            "意见",
            "济南市人民政府关于印发工作要点的通知",
        ] {
            assert_eq!(key(&local(title, "", JINAN)), None, "{title}");
        }
        assert_eq!(key(&local("某某县养犬管理条例", "", [None, None, Some("某某县")])), None);
        assert_eq!(key(&Metadata { title: Some("养犬管理条例".to_owned()), ..Metadata::default() }), None);
        assert_eq!(key(&local("", "济南市人民政府", JINAN)), None);
    }

    #[test]
    fn what_is_issued_again_and_again_has_its_date_in_its_key() {
        let mut decision = local("济南市人大常委会关于修改《济南市养犬管理条例》的决定", "", JINAN);
        assert_eq!(key(&decision), None);
        decision.date = Some("2021-05-27".to_owned());
        assert_eq!(key(&decision).as_deref(), Some("山东|济南市|修改《济南市养犬管理条例》决定|2021-05-27"));
    }

    #[test]
    fn laws_of_the_state_ministries_and_courts_are_told_apart_by_who_speaks() {
        let law = national("中华人民共和国反垄断法", "全国人民代表大会常务委员会");
        assert_eq!(key(&law).as_deref(), Some("全国|反垄断法"));
        assert_eq!(key(&national("机动车登记规定", "公安部")).as_deref(), Some("全国|公安部|机动车登记规定"));
        let courts =
            ["最高人民法院 最高人民检察院关于办理某案件的解释", "最高人民法院、最高人民检察院关于办理某案件的解释"];
        let [a, b] = courts.map(|title| key(&national(title, "最高人民法院 最高人民检察院")));
        assert_eq!(a.as_deref(), Some("全国|最高人民法院、最高人民检察院|办理某案件解释"));
        assert_eq!(a, b);
    }

    #[test]
    fn parts_of_a_law_in_files_of_their_own_are_no_versions_of_each_other() {
        let code = national("中华人民共和国民法典", "全国人民代表大会");
        let part = |label| family_key(&code, label);
        assert_eq!(part(Some("第一条")), part(None));
        assert_eq!(part(Some("（一）")), part(None));
        assert_eq!(part(Some("第四百六十三条")).as_deref(), Some("全国|民法典|第四百六十三条起"));
    }

    #[test]
    fn a_family_that_a_caller_gives_has_bounds() {
        let given = |family: &str| Metadata { family: Some(family.to_owned()), ..Metadata::default() };
        assert!(given("养犬").check_family().is_ok());
        assert!(Metadata::default().check_family().is_ok());
        for wrong in ["", " ", "a\nb", &"字".repeat(MOST_CHARACTERS + 1)] {
            let error = given(wrong).check_family().unwrap_err().to_string();
            assert!(error.starts_with("family: expected 1 to 200 characters"), "{error}");
        }
    }
}
