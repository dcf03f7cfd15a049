//! Title, number, issuer, dates, level and region, as the text states them.
//!
//! Read in this order, the first that speaks wins: index table of the page, signature, note of adoption, title, first
//! sentence. Nothing is taken from file names, and nothing is guessed: a place that is not named stays unknown.

use super::adoption::{Act, Event, events, issuer_of};
use super::chars::{Chars, is_han};
use super::furniture::fields;
use super::layout::{Segment, Zone};
use super::lines::{document_number, ends_in_body, is_adoption_note};
use super::numerals::{date, dates};
use super::outline::join_spaced;
use super::region::{AUTONOMOUS, full_name, only_province, place, short_prefecture};
use super::{Clause, Kind, Level, Metadata, Region, Span};

/// How much of the text is searched for what it says about itself.
const HEAD: usize = 3_000;

/// Reads the metadata.
pub(super) fn metadata(t: &Chars, segments: &[Segment], clauses: &[Clause]) -> Metadata {
    let notes: Vec<Event> = segments
        .iter()
        .filter(|s| s.zone == Zone::Front && is_adoption_note(t, s.span))
        .flat_map(|s| events(t, s.span))
        .collect();
    let table = Table::read(t, segments);
    let announced = announced(t, segments);
    let title = title(t, segments).or_else(|| table.name.clone()).or_else(|| announced.as_ref().map(|a| a.0.clone()));
    let signed = signature_date(t, segments);
    let mut region = None;
    let mut issuer = table
        .issuer
        .clone()
        .or_else(|| signatories(t, segments))
        .or_else(|| title.as_deref().and_then(supreme))
        .or_else(|| issuer_of(&notes, title.as_deref().and_then(title_place).map(|p| p.region).as_ref()))
        .or_else(|| title.as_deref().and_then(title_issuer));
    let placed = issuer
        .as_deref()
        .filter(|i| !is_national(i))
        .and_then(place)
        .or_else(|| title.as_deref().and_then(title_place))
        .or_else(|| title.as_deref().filter(|_| issuer.is_some()).and_then(short_prefecture));
    let mut level = placed.as_ref().map(|p| p.level);
    if let Some(p) = placed {
        region = Some(p.region);
    } else if let Some((_, body)) = &announced
        && let Some(r) = region_of_text(t)
    {
        region = Some(r);
        level = Some(Level::Province);
        issuer = issuer.or_else(|| Some(body.clone()));
    }
    if issuer.as_deref().is_some_and(is_national)
        || (issuer.is_none() && title.as_deref().is_some_and(|t| t.starts_with("中华人民共和国")))
    {
        level = Some(Level::National);
        region = None;
    }
    if issuer.is_none() && title.as_deref().is_some_and(|t| t.ends_with("政府工作报告")) {
        issuer = region.as_ref().and_then(government);
    }
    let issuer = issuer.map(|i| named_in_full(&i, region.as_ref()));
    let latest = |acts: &[Act]| notes.iter().filter(|e| acts.contains(&e.act)).map(|e| e.date).max();
    let date = signed
        .or_else(|| table.issued.clone())
        .or_else(|| latest(&[Act::Passed, Act::Amended]).or_else(|| latest(&[Act::Approved, Act::Published])).map(iso))
        .or_else(|| spoken_date(t, segments));
    let published = table.published.clone().or_else(|| latest(&[Act::Published]).map(iso));
    let effective =
        effective(t, clauses, published.as_deref(), date.as_deref()).or_else(|| latest(&[Act::Effective]).map(iso));
    Metadata {
        document_number: number(t, segments).or(table.number).or_else(|| order_number(&notes)),
        kind: title.as_deref().and_then(|t| kind(t, issuer.as_deref())),
        title,
        issuer,
        region,
        level,
        date,
        published,
        effective,
    }
}

fn iso((y, m, d): (u32, u32, u32)) -> String {
    format!("{y:04}-{m:02}-{d:02}")
}

/// Values of the index table of a page.
#[derive(Default)]
struct Table {
    name: Option<String>,
    number: Option<String>,
    issuer: Option<String>,
    issued: Option<String>,
    published: Option<String>,
}

impl Table {
    fn read(t: &Chars, segments: &[Segment]) -> Table {
        let mut table = Table::default();
        for s in segments.iter().take(80).filter(|s| s.zone == Zone::Furniture) {
            let day = |span: Span| dates(t, span.start, span.end).first().map(super::numerals::Date::iso);
            let cells = fields(t, s.span);
            if cells.is_empty() && t.has(s.span.start, "来源") {
                // 来源   2018/11/28   0
                table.published = table.published.or(day(s.span));
            }
            for (name, value) in cells {
                let words = join_spaced(&t.string(value));
                let words = (!words.is_empty()).then_some(words);
                match name.as_str() {
                    "名称" | "标题" => table.name = table.name.or(words),
                    "文号" | "发文字号" | "文件编号" => {
                        table.number = table.number.or(words.and_then(|w| number_in(&w)));
                    }
                    "发文单位" | "发文机关" | "制发机关" => table.issuer = table.issuer.or(words),
                    "发文日期" | "成文日期" | "生成日期" => table.issued = table.issued.or(day(value)),
                    "发布日期" | "发布时间" | "公开日期" => {
                        table.published = table.published.or(day(value))
                    }
                    "来源" | "信息来源" | "文章来源" => table.published = table.published.or(day(value)),
                    _ => {}
                }
            }
        }
        table
    }
}

/// A document number in a text, in its usual form: 咸政发〔2016〕2号.
fn number_in(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !super::chars::is_space(*c)).collect();
    let (start, end) = document_number(&text)?;
    let number = text.get(start..end)?;
    let open = ['［', '[', '（', '(', '【'];
    let close = ['］', ']', '）', ')', '】'];
    Some(number.replace(open, "〔").replace(close, "〕"))
}

/// The number that stands on a line of its own before the text, or in the links of the page behind it.
fn number(t: &Chars, segments: &[Segment]) -> Option<String> {
    let own = segments.iter().find(|s| s.zone == Zone::Number).and_then(|s| number_in(&t.string(s.span)));
    own.or_else(|| {
        let around = segments
            .iter()
            .filter(|s| matches!(s.zone, Zone::Furniture | Zone::Front | Zone::SignatureDate) && s.span.len() < 2_000);
        around.filter(|s| !is_adoption_note(t, s.span)).find_map(|s| number_in(&t.string(s.span)))
    })
}

/// 国务院令第359号, where the note of adoption tells of one order only.
fn order_number(notes: &[Event]) -> Option<String> {
    let mut orders = notes.iter().filter_map(|e| {
        let at = e.words.find("令第")?;
        let end = e.words.get(at..)?.find('号')?;
        e.words.get(..at + end + '号'.len_utf8()).map(str::to_owned)
    });
    let first = orders.next()?;
    orders.next().is_none().then_some(first)
}

/// The title on one line.
fn title(t: &Chars, segments: &[Segment]) -> Option<String> {
    let lines: Vec<&Segment> = segments.iter().filter(|s| s.zone == Zone::Title).collect();
    let (first, last) = (lines.first()?, lines.last()?);
    Some(clean_title(&t.string(Span { start: first.span.start, end: last.span.end })))
}

/// Drops stray spaces and line breaks; a space between joint issuers stays.
pub(super) fn clean_title(text: &str) -> String {
    let words: Vec<&str> = text.split(super::chars::is_space).filter(|w| !w.is_empty()).collect();
    let mut out = String::new();
    for word in words {
        let body = [
            "政府",
            "市委",
            "省委",
            "区委",
            "县委",
            "党委",
            "法院",
            "检察院",
            "委员会",
            "部",
            "局",
            "厅",
            "院",
            "办公厅",
            "办公室",
        ]
        .iter()
        .any(|b| out.ends_with(b));
        let body_follows = word.contains("关于") && !word.starts_with("关于") || ends_in_body(word);
        let latin =
            out.ends_with(|c: char| c.is_ascii_alphanumeric()) && word.starts_with(|c: char| c.is_ascii_alphanumeric());
        if (body && body_follows && word.chars().count() > 2) || latin {
            out.push(' ');
        }
        out.push_str(word);
    }
    out.trim_matches(|c| matches!(c, '《' | '》') && out_has_one_pair(text)).to_owned()
}

/// Whether a title is wholly in title marks.
fn out_has_one_pair(text: &str) -> bool {
    let text = text.trim();
    text.starts_with('《') && text.ends_with('》') && text.matches('《').count() == 1
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
    Some(Region { province: Some(short.to_owned()), place: None })
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
    (!parts.is_empty() && parts.iter().all(|p| ends_in_body(p))).then(|| parts.join(" "))
}

/// The place that a title begins with, behind a year.
fn title_place(title: &str) -> Option<super::region::Place<'_>> {
    let title = title.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '年' | '《' | '度'));
    // 中国（上海）自由贸易试验区条例
    let title = title.strip_prefix("中国（").unwrap_or(title);
    place(title)
}

fn is_national(issuer: &str) -> bool {
    const NATIONAL: &[&str] =
        &["全国人民代表大会", "国务院", "最高人民", "中共中央", "中华人民共和国", "中央军委", "中国共产党中央", "国家"];
    let first = issuer.split(' ').next().unwrap_or("");
    NATIONAL.iter().any(|n| first.starts_with(n))
        || (place(first).is_none() && (first.ends_with('部') || first.ends_with("总局") || first.ends_with("总署")))
}

/// The government of a region.
fn government(region: &Region) -> Option<String> {
    match (&region.place, &region.province) {
        (Some(place), _) => Some(format!("{place}人民政府")),
        (None, Some(short)) => full_name(short).map(|full| format!("{full}人民政府")),
        (None, None) => None,
    }
}

/// 自治区人民政府 and 省人民政府 of a region that the text names, in full.
fn named_in_full(issuer: &str, region: Option<&Region>) -> String {
    if let Some(place) = region.and_then(|r| r.place.as_deref())
        && let Some(unit) = place.chars().last()
        && matches!(unit, '市' | '县' | '区' | '州' | '盟' | '旗')
        && let Some(rest) = issuer.strip_prefix(unit)
        && (rest.starts_with('人') || rest.starts_with("政府") || rest.starts_with('委'))
    {
        return format!("{place}{rest}");
    }
    let generic = issuer.starts_with("自治区") || issuer.starts_with("省人") || issuer.starts_with("省政府");
    let full = region.filter(|r| r.place.is_none()).and_then(|r| r.province.as_deref()).and_then(full_name);
    match full {
        Some(full) if generic => {
            let rest = issuer.strip_prefix("自治区").or_else(|| issuer.strip_prefix('省')).unwrap_or(issuer);
            format!("{full}{rest}")
        }
        _ => issuer.to_owned(),
    }
}

/// The day a document says it enters into force: 本条例自2021年6月5日起施行, 自公布之日起.
fn effective(t: &Chars, clauses: &[Clause], published: Option<&str>, issued: Option<&str>) -> Option<String> {
    for clause in clauses.iter().rev().take(80) {
        let in_force = ["施行", "实施", "生效", "执行"].iter().any(|w| clause.text.contains(w));
        let own = [
            "本法",
            "本条例",
            "本规定",
            "本办法",
            "本细则",
            "本解释",
            "本规则",
            "本决定",
            "本意见",
            "本方案",
            "本通知",
            "本章程",
            "本规范",
            "本实施",
            "本安排",
            "本决议",
            "本准则",
            "本制度",
        ]
        .iter()
        .any(|w| clause.text.contains(w));
        if !in_force || !(own || clause.text.starts_with('自')) || clause.span.len() > SENTENCE {
            continue;
        }
        for i in clause.span.start..clause.span.end {
            if t.at(i) != '自' && t.at(i) != '从' {
                continue;
            }
            let from = t.skip_space(i + 1, clause.span.end);
            if let Some(d) = date(t, from, clause.span.end) {
                let after = t.string(Span { start: d.end, end: clause.span.end.min(d.end + 8) });
                if after.starts_with('起') || after.starts_with("施行") || after.starts_with("实施") {
                    return Some(d.iso());
                }
            }
            let words = t.string(Span { start: from, end: clause.span.end.min(from + 8) });
            if words.starts_with("公布之日") || words.starts_with("发布之日") {
                return published
                    .or(issued.filter(|_| published.is_none() && words.starts_with("发布")))
                    .map(str::to_owned);
            }
            if words.starts_with("印发之日") {
                return issued.map(str::to_owned);
            }
        }
    }
    None
}

/// A clause that sets a date of effect is not longer than this.
const SENTENCE: usize = 400;

/// The kind of document that a title names. A notice that carries a plan or a regulation is of the kind that it carries.
fn kind(title: &str, issuer: Option<&str>) -> Option<Kind> {
    let mut name = title.trim_end_matches(['》', '”']);
    while let Some(open) = name.ends_with(['）', ')']).then(|| name.rfind(['（', '('])).flatten().filter(|o| *o > 0) {
        name = name.get(..open)?;
    }
    let carried =
        name.strip_suffix("的通知").filter(|n| ["印发", "发布", "转发", "公布"].iter().any(|w| n.contains(w)));
    if let Some(inner) = carried
        && let Some(kind) = kind_of_name(inner.trim_end_matches(['》', '”']), None)
    {
        return Some(kind);
    }
    kind_of_name(name, issuer)
}

fn kind_of_name(name: &str, issuer: Option<&str>) -> Option<Kind> {
    let mut name = name;
    while let Some(open) = name.ends_with(['）', ')']).then(|| name.rfind(['（', '('])).flatten().filter(|o| *o > 0) {
        name = name.get(..open)?;
    }
    let ends = |words: &[&str]| words.iter().any(|w| name.ends_with(w));
    if ends(&["意见"]) {
        return Some(Kind::Opinion);
    }
    if ends(&["通知", "公告", "通告"]) {
        return Some(Kind::Notice);
    }
    if ends(&["报告"]) {
        return Some(Kind::Report);
    }
    if issuer.is_some_and(|i| i.contains("最高人民")) {
        return Some(Kind::Interpretation);
    }
    if ends(&["决定", "决议"]) {
        return Some(Kind::Decision);
    }
    if ends(&["方案", "规划", "计划", "纲要", "行动", "要点", "措施", "清单"]) {
        return Some(Kind::Plan);
    }
    if ends(&["解释"]) {
        return Some(Kind::Interpretation);
    }
    if ends(&["条例", "规定", "办法", "规则", "细则", "规范", "规程", "章程", "准则", "制度", "守则"])
    {
        return Some(Kind::Regulation);
    }
    let last_is_law = name.ends_with(['法', '典']) && name.chars().rev().nth(1).is_some_and(is_han);
    (last_is_law || ends(&["宪法", "修正案", "组织法", "法典"])).then_some(Kind::Law)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_lose_stray_spaces_but_keep_joint_issuers_apart() {
        assert_eq!(
            clean_title("怀仁市人民政府 关于印发全面推进质量强市建设实施方案的 通 知"),
            "怀仁市人民政府关于印发全面推进质量强市建设实施方案的通知"
        );
        assert_eq!(
            clean_title("中共泰安市委 泰安市人民政府关于印发泰安市质量提升行动实施方案的通知"),
            "中共泰安市委 泰安市人民政府关于印发泰安市质量提升行动实施方案的通知"
        );
        assert_eq!(
            clean_title("最高人民法院\n关于审理物业服务纠纷\n案件的解释"),
            "最高人民法院关于审理物业服务纠纷案件的解释"
        );
    }

    #[test]
    fn a_notice_is_of_the_kind_it_carries() {
        assert_eq!(kind("怀仁市人民政府关于印发全面推进质量强市建设实施方案的通知", None), Some(Kind::Plan));
        assert_eq!(kind("关于做好安全生产工作的通知", None), Some(Kind::Notice));
        assert_eq!(kind("市人民政府关于实施质量强市战略的决定", None), Some(Kind::Decision));
        assert_eq!(kind("枣庄市人民政府关于加快建设质量强市的实施意见", None), Some(Kind::Opinion));
        assert_eq!(kind("浙江省实施《中华人民共和国老年人权益保障法》办法", None), Some(Kind::Regulation));
        assert_eq!(kind("中华人民共和国宪法修正案（2018年）", None), Some(Kind::Law));
        assert_eq!(
            kind("最高人民法院关于适用《中华人民共和国民法典》总则编若干问题的解释", Some("最高人民法院")),
            Some(Kind::Interpretation)
        );
    }

    #[test]
    fn numbers_are_written_in_one_way() {
        assert_eq!(number_in("文件文字版:枣政字[2024]17号关于").as_deref(), Some("枣政字〔2024〕17号"));
        assert_eq!(number_in("没有"), None);
    }
}
