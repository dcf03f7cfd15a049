//! Title, number, issuer, dates, level and region, as the text states them.
//!
//! Of the issuer the first that speaks wins of: index table of the page, signature, note of adoption, title, first
//! sentence; other values have orders of their own. Nothing is taken from file names, and nothing is guessed: a place that is not named stays unknown.

use super::adoption::{Act, Event, events, issuer_of};
use super::effect::{Effect, effective};
use super::kind::kind;
use super::table::{Table, number_in};
use super::title::{clean_title, title};
use super::{Kind, Level, Metadata, Origin, Region, Source, Sources};
use crate::document::chars::Chars;
use crate::document::layout::{Segment, Zone};
use crate::document::lines::{ends_in_body, is_adoption_note};
use crate::document::numerals::{arabic_digit, dates};
use crate::document::region::{AUTONOMOUS, Place, only_province, place, short_prefecture};
use crate::document::{Clause, Span};

/// How much of the text is searched for what it says about itself.
const HEAD: usize = 3_000;

/// A value and where it was read.
type Found<T> = Option<(T, Source)>;

/// Marks a value as stated in a place.
fn stated<T>(value: Option<T>, origin: Origin) -> Found<T> {
    value.map(|value| (value, Source::Stated(origin)))
}

/// Marks a value as following from another one.
fn inferred<T>(value: Option<T>, origin: Origin) -> Found<T> {
    value.map(|value| (value, Source::Inferred(origin)))
}

/// Reads the metadata, and where each value was read. What `page` says of the document is taken where its text does not
/// speak.
pub(in crate::document) fn metadata(
    t: &Chars,
    segments: &[Segment],
    clauses: &[Clause],
    page: &Metadata,
) -> (Metadata, Sources) {
    let notes: Vec<Event> = segments
        .iter()
        .filter(|s| s.zone == Zone::Front && is_adoption_note(t, s.span))
        .flat_map(|s| events(t, s.span))
        .collect();
    let table = Table::read(t, segments);
    let announced = announced(t, segments);
    let title = stated(title(t, segments), Origin::Title)
        .or_else(|| stated(table.name.clone(), Origin::IndexTable))
        .or_else(|| stated(announced.as_ref().map(|a| a.0.clone()), Origin::FirstSentence))
        .or_else(|| stated(page.title.clone(), Origin::PageTable));
    let name = title.as_ref().map(|(name, _)| name.as_str());
    let of_title = name.and_then(title_place);
    let mut issuer = stated(table.issuer.clone(), Origin::IndexTable)
        .or_else(|| stated(signatories(t, segments), Origin::Signature))
        .or_else(|| stated(name.and_then(supreme), Origin::Title))
        .or_else(|| stated(issuer_of(&notes, of_title.as_ref().map(|p| &p.region)), Origin::AdoptionNote))
        .or_else(|| stated(name.and_then(title_issuer), Origin::Title))
        .or_else(|| stated(page.issuer.clone(), Origin::PageTable));
    let of_issuer = issuer.as_ref().map(|(i, _)| i.as_str()).filter(|i| !is_national(i)).and_then(place);
    let placed = stated(of_issuer, Origin::Issuer)
        .or_else(|| stated(of_title, Origin::Title))
        .or_else(|| stated(name.filter(|_| issuer.is_some()).and_then(short_prefecture), Origin::Title));
    let mut level = placed.as_ref().and_then(|(p, from)| inferred(Some(p.level), origin_of(*from)));
    let mut region = placed.map(|(p, from)| (p.region, from));
    if region.is_none()
        && let Some((_, body)) = &announced
        && let Some(r) = region_of_text(t)
    {
        region = stated(Some(r), Origin::Text);
        level = inferred(Some(Level::Province), Origin::Text);
        issuer = issuer.or_else(|| stated(Some(body.clone()), Origin::FirstSentence));
    }
    let national_title = issuer.is_none() && name.is_some_and(|t| t.starts_with("中华人民共和国"));
    if national_title || issuer.as_ref().is_some_and(|(i, _)| is_national(i)) {
        level = inferred(Some(Level::National), if national_title { Origin::Title } else { Origin::Issuer });
        region = None;
    }
    if issuer.is_none() && name.is_some_and(|t| t.ends_with("政府工作报告")) {
        issuer = inferred(region.as_ref().and_then(|(r, _)| government(r)), Origin::Region);
    }
    if level.is_none()
        && issuer.is_none()
        && let Some(name) = name
        && applies_to_the_whole_country(t, name)
    {
        level = inferred(Some(Level::National), Origin::Text);
    }
    region = region.or_else(|| stated(page.region.clone(), Origin::PageTable));
    level = level.or_else(|| stated(page.level, Origin::PageTable));
    let mut issuer = issuer.map(|(i, from)| (named_in_full(&i, region.as_ref().map(|(r, _)| r)), from));
    let latest = |acts: &[Act]| {
        let date = notes.iter().filter(|e| acts.contains(&e.act)).map(|e| e.date).max();
        stated(date.map(iso), Origin::AdoptionNote)
    };
    let date = stated(signature_date(t, segments), Origin::Signature)
        .or_else(|| stated(table.issued.clone(), Origin::IndexTable))
        .or_else(|| latest(&[Act::Passed, Act::Amended]))
        .or_else(|| latest(&[Act::Approved, Act::Published]))
        .or_else(|| stated(spoken_date(t, segments), Origin::Front))
        .or_else(|| stated(page.date.clone(), Origin::PageTable));
    let published = stated(table.published.clone(), Origin::IndexTable)
        .or_else(|| latest(&[Act::Published]))
        .or_else(|| stated(page.published.clone(), Origin::PageTable));
    let day = |found: &Found<String>| found.as_ref().map(|(day, _)| day.clone());
    let signed = date
        .clone()
        .filter(|(_, from)| matches!(from, Source::Stated(Origin::Signature | Origin::IndexTable | Origin::PageTable)));
    let effective = match effective(t, clauses, day(&published).as_deref(), day(&signed).as_deref()) {
        Some(Effect::On(day)) => stated(Some(day), Origin::EffectClause),
        Some(Effect::With(day)) => inferred(Some(day), Origin::EffectClause),
        None => None,
    };
    let effective =
        effective.or_else(|| latest(&[Act::Effective])).or_else(|| stated(page.effective.clone(), Origin::PageTable));
    let number = number(t, segments)
        .or_else(|| stated(table.number.clone(), Origin::IndexTable))
        .or_else(|| stated(order_number(&notes), Origin::AdoptionNote))
        .or_else(|| stated(page.document_number.clone(), Origin::PageTable));
    let kind = inferred(name.and_then(|t| kind(t, issuer.as_ref().map(|(i, _)| i.as_str()))), Origin::Title)
        .or_else(|| stated(page.kind, Origin::PageTable));
    let validity = stated(table.validity, Origin::IndexTable).or_else(|| stated(page.validity, Origin::PageTable));
    if issuer.is_none()
        && region.is_none()
        && let Some((number, _)) = &number
        && let Some(body) = issuer_of_number(number)
    {
        issuer = inferred(Some(body.to_owned()), Origin::Number);
        level = inferred(Some(Level::National), Origin::Number);
    }
    let sources = Sources {
        title: title.as_ref().map(|f| f.1),
        document_number: number.as_ref().map(|f| f.1),
        issuer: issuer.as_ref().map(|f| f.1),
        region: region.as_ref().map(|f| f.1),
        level: level.map(|f| f.1),
        kind: kind.map(|f| f.1),
        date: date.as_ref().map(|f| f.1),
        published: published.as_ref().map(|f| f.1),
        effective: effective.as_ref().map(|f| f.1),
        validity: validity.map(|f| f.1),
        family: None,
    };
    let metadata = Metadata {
        title: title.map(|f| f.0),
        document_number: number.map(|f| f.0),
        issuer: issuer.map(|f| f.0),
        region: region.map(|f| f.0),
        level: level.map(|f| f.0),
        kind: kind.map(|f| f.0),
        date: date.map(|f| f.0),
        published: published.map(|f| f.0),
        effective: effective.map(|f| f.0),
        validity: validity.map(|f| f.0),
        family: None,
    };
    (metadata, sources)
}

/// Whether rules without an issuer and without a place in their title speak of the whole country, and nowhere of the
/// place of a local body.
fn applies_to_the_whole_country(t: &Chars, title: &str) -> bool {
    const COUNTRY: &[&str] = &[
        "中华人民共和国境内",
        "国务院",
        "省、自治区、直辖市",
        "全国范围",
        "公安部",
        "最高人民法院",
        "最高人民检察院",
        "国家机关",
        "以刑法",
        "刑法第",
    ];
    const LOCAL: &[&str] = &[
        "本省",
        "本市",
        "本自治区",
        "本自治州",
        "本自治县",
        "本州",
        "本县",
        "我省",
        "我市",
        "我区",
        "我县",
        "全省",
        "全市",
        "全县",
        "全区",
        "全州",
        "省人民政府",
        "市人民政府办公",
        "自治区人民政府",
    ];
    let ruling = matches!(kind(title, None), Some(Kind::Law | Kind::Regulation | Kind::Interpretation));
    let text = t.string(Span { start: 0, end: t.len() });
    // 省人民政府 stands in lists of the bodies of all provinces, too.
    let local = |word: &&&str| {
        text.match_indices(**word).any(|(at, _)| {
            let before = text.get(..at).unwrap_or("");
            !before.ends_with(['、', '级', '的', '各', '或', '和', '有', '关', '由', '报', '经'])
                || !word.contains("人民政府")
        })
    };
    ruling && COUNTRY.iter().any(|word| text.contains(word)) && !LOCAL.iter().any(|word| local(&word))
}

/// What a value was read from.
fn origin_of(source: Source) -> Origin {
    match source {
        Source::Stated(origin) | Source::Inferred(origin) => origin,
        Source::Given => Origin::Text,
    }
}

fn iso((y, m, d): (u32, u32, u32)) -> String {
    format!("{y:04}-{m:02}-{d:02}")
}

/// The number that stands on a line of its own before the text, or in the links of the page behind it.
fn number(t: &Chars, segments: &[Segment]) -> Found<String> {
    let own = segments.iter().find(|s| s.zone == Zone::Number).and_then(|s| number_in(&t.string(s.span)));
    stated(own, Origin::Number).or_else(|| {
        let around = segments
            .iter()
            .filter(|s| matches!(s.zone, Zone::Furniture | Zone::Front | Zone::SignatureDate) && s.span.len() < 2_000);
        let found = around.filter(|s| !is_adoption_note(t, s.span)).find_map(|s| number_in(&t.string(s.span)));
        stated(found, Origin::Front)
    })
}

/// The body whose documents have such numbers, where there is one only: 国办发〔2023〕1号.
fn issuer_of_number(number: &str) -> Option<&'static str> {
    let letters = number.split_once('〔')?.0;
    Some(match letters {
        "中发" => "中共中央 国务院",
        "中办发" => "中共中央办公厅 国务院办公厅",
        "国发" | "国函" => "国务院",
        "国办发" | "国办函" => "国务院办公厅",
        _ => return None,
    })
}

/// 国务院令第359号, 某市人民代表大会常务委员会公告第6号, where the note of adoption tells of one such only.
fn order_number(notes: &[Event]) -> Option<String> {
    let mut orders = notes.iter().filter(|e| e.act != Act::Effective).filter_map(|e| {
        let at = e.words.find("令第").or_else(|| e.words.find("公告第"))?;
        let end = e.words.get(at..)?.find('号')?;
        e.words.get(..at + end + '号'.len_utf8()).map(str::to_owned)
    });
    let first = orders.next()?;
    orders.next().is_none().then(|| {
        // One cites 国务院令第359号, but 中华人民共和国主席令.
        let name = if first.contains("主席令") { first } else { first.replace("中华人民共和国", "") };
        name.chars().map(|c| arabic_digit(c).and_then(|d| char::from_digit(d, 10)).unwrap_or(c)).collect()
    })
}

/// A notice that tells of a document: 自治区人民政府印发了《质量强区建设纲要》: its title and who issued it.
fn announced(t: &Chars, segments: &[Segment]) -> Option<(String, String)> {
    let first = segments.iter().find(|s| s.zone == Zone::Body)?;
    let text = t.string(Span { start: first.span.start, end: first.span.end.min(first.span.start + 200) });
    let at = text
        .find("印发了《")
        .or_else(|| text.find("印发《"))
        .or_else(|| text.find("出台《"))
        .or_else(|| text.find("发布《"))?;
    let open = at + text.get(at..)?.find('《')? + '《'.len_utf8();
    let close = open + text.get(open..)?.find('》')?;
    let head = text.get(..at)?;
    let from = head
        .rfind(['，', ',', '。', '：'])
        .map_or(0, |k| k + head.get(k..).and_then(|r| r.chars().next()).map_or(1, char::len_utf8));
    let body = head.get(from..)?.trim_end_matches(['近', '日']).trim();
    ends_in_body(body)
        .then(|| (text.get(open..close).unwrap_or("").to_owned(), body.to_owned()))
        .filter(|a| !a.0.is_empty())
}

/// The region a text states of itself: 自治区 together with the name of one autonomous region, or 结合…实际.
fn region_of_text(t: &Chars) -> Option<Region> {
    let head = t.string(Span { start: 0, end: t.len().min(HEAD) });
    let names: Vec<&str> = AUTONOMOUS.iter().map(|(short, _)| *short).collect();
    let mut from = 0;
    while let Some(at) = head.get(from..)?.find("结合") {
        let rest = head.get(from + at + "结合".len()..)?;
        if let Some(p) = place(rest).filter(|p| p.rest.starts_with("实际")) {
            return Some(p.region);
        }
        from += at + "结合".len();
    }
    let short = head.contains("自治区").then(|| only_province(&names, &head)).flatten()?;
    Some(Region { province: Some(short.to_owned()), ..Region::default() })
}

/// The bodies that signed, joint ones parted by a space.
fn signatories(t: &Chars, segments: &[Segment]) -> Option<String> {
    let first = segments.iter().position(|s| s.zone == Zone::Signatory)?;
    let group = segments.iter().skip(first).take_while(|s| s.zone == Zone::Signatory);
    let names: Vec<String> = group.map(|s| clean_title(&t.string(s.span))).collect();
    Some(names.join(" "))
}

/// The date of the first signature.
fn signature_date(t: &Chars, segments: &[Segment]) -> Option<String> {
    let signed = segments.iter().filter(|s| s.zone == Zone::SignatureDate);
    signed.flat_map(|s| dates(t, s.span.start, s.span.end)).next().map(|d| d.iso())
}

/// The date in a line that says who spoke where.
fn spoken_date(t: &Chars, segments: &[Segment]) -> Option<String> {
    let front = segments.iter().filter(|s| s.zone == Zone::Front && !is_adoption_note(t, s.span));
    front.flat_map(|s| dates(t, s.span.start, s.span.end)).next().map(|d| d.iso())
}

/// The supreme court and procuratorate name themselves in their titles.
fn supreme(title: &str) -> Option<String> {
    let head = title.get(..title.find("关于")?)?;
    let parts: Vec<&str> = head.split(['、', ' ', '，']).filter(|p| !p.is_empty()).collect();
    (head.starts_with("最高人民") && parts.iter().all(|p| ends_in_body(p))).then(|| parts.join(" "))
}

/// The body that a title begins with: 枣庄市人民政府关于….
fn title_issuer(title: &str) -> Option<String> {
    let head = title.get(..title.find("关于")?)?.trim();
    let parts: Vec<&str> = head.split(['、', ' ']).filter(|p| !p.is_empty()).collect();
    // 市场监管总局等十八部门
    let body = |part: &&str| ends_in_body(part) || part.contains('等') && part.ends_with("部门");
    (!parts.is_empty() && parts.iter().all(body)).then(|| parts.join(" "))
}

/// The place that a title begins with, behind a year.
fn title_place(title: &str) -> Option<Place<'_>> {
    let title = title.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '年' | '《' | '度'));
    // 中国（上海）自由贸易试验区条例
    let title = title.strip_prefix("中国（").unwrap_or(title);
    place(title)
}

fn is_national(issuer: &str) -> bool {
    const NATIONAL: &[&str] = &[
        "全国",
        "国务院",
        "政务院",
        "最高人民",
        "中共中央",
        "中华人民共和国",
        "中央",
        "中国共产党中央",
        "中国人民银行",
        "中国民用航空",
        "中国证券监督",
        "中国银行保险监督",
        "中国银行业监督",
        "中国保险监督",
        "中国气象局",
        "中国地震局",
        "国家",
    ];
    // Of joint issuers one is enough: a ministry may issue with a bank, no ministry with a province.
    issuer.split(' ').any(|body| {
        let body = body.split_once('等').filter(|(_, rest)| rest.ends_with("部门")).map_or(body, |(first, _)| first);
        NATIONAL.iter().any(|n| body.starts_with(n))
            || (place(body).is_none() && ["部", "总局", "总署", "委员会办公厅"].iter().any(|end| body.ends_with(end)))
    })
}

/// The government of a region.
fn government(region: &Region) -> Option<String> {
    region.own_name().map(|place| format!("{place}人民政府"))
}

/// 自治区人民政府, 省人民政府 and 市人民政府 of a region that the text names, in full.
fn named_in_full(issuer: &str, region: Option<&Region>) -> String {
    let below = region.and_then(|r| r.county.as_deref().or(r.city.as_deref()));
    if let Some(place) = below
        && let Some(unit) = place.chars().last()
        && matches!(unit, '市' | '县' | '区' | '州' | '盟' | '旗')
        && let Some(rest) = issuer.strip_prefix(unit)
        && !rest.starts_with(['场', '域', '舰'])
        && ends_in_body(rest)
    {
        return format!("{place}{rest}");
    }
    let generic = issuer.starts_with("自治区") || issuer.starts_with('省');
    let full = region.filter(|_| below.is_none()).and_then(Region::own_name);
    match full {
        Some(full) if generic => {
            let rest = issuer.strip_prefix("自治区").or_else(|| issuer.strip_prefix('省')).unwrap_or(issuer);
            format!("{full}{rest}")
        }
        _ => issuer.to_owned(),
    }
}
