//! Documents generated from a known structure: printed to text in the ways that real ones are, and parsed, they must
//! give the structure back.

use clausewise::document::{Article, ArticleKind, Document, HeadingKind, parse};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::promises::check;

/// A number below a hundred in Chinese.
fn chinese(n: usize) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    match n {
        0..=9 => DIGITS[n].to_owned(),
        10..=19 => format!("十{}", DIGITS[n % 10]),
        _ => format!("{}十{}", DIGITS[n / 10], DIGITS[n % 10]),
    }
}

const SENTENCES: &[&str] = &[
    "县级以上人民政府应当加强对质量工作的领导，建立协调机制。",
    "市场监督管理部门负责本行政区域内的监督管理工作。",
    "任何单位和个人有权举报违反规定的行为。",
    "依照本条例第三条第（二）项的规定办理登记。",
    "“小微企业”的认定标准，由省人民政府另行规定。",
    "违反前款规定的，由有关部门责令改正，处一千元以上五千元以下罚款。",
    "鼓励企业建立首席质量官制度（含试点企业），合格率达到98.5%以上。",
];
const ITEMS: &[&str] =
    &["制定年度工作计划并组织实施", "定期公布监督检查的结果", "建立投诉举报的处理制度", "依法应当履行的其他职责"];
const CHAPTERS: &[&str] = &["总则", "监督管理", "服务与保障", "法律责任", "附则"];
const TITLES: &[&str] = &["加强组织领导", "完善标准体系", "强化质量监管", "培育优势品牌", "健全激励机制"];

/// How numbers are written.
#[derive(Debug, Clone, Copy)]
struct Style {
    /// Between the number of an article and its text.
    gap: &'static str,
    indent: &'static str,
    half: bool,
    traditional: bool,
    blank_lines: bool,
}

fn style() -> impl Strategy<Value = Style> {
    (select(vec!["　", " ", "  ", ""]), select(vec!["", "　　", "    "]), any::<[bool; 3]>()).prop_map(
        |(gap, indent, [half, traditional, blank_lines])| Style { gap, indent, half, traditional, blank_lines },
    )
}

impl Style {
    fn line(&self, out: &mut String, line: &str) {
        out.push_str(self.indent);
        out.push_str(line);
        out.push_str(if self.blank_lines { "\n\n" } else { "\n" });
    }

    fn bracketed(&self, n: usize) -> String {
        let (open, close) = if self.half { ('(', ')') } else { ('（', '）') };
        format!("{open}{}{close}", chinese(n))
    }

    /// The text in the characters of the style.
    fn spelled(&self, text: &str) -> String {
        const FORMS: &[(char, char)] = &[
            ('条', '條'),
            ('节', '節'),
            ('总', '總'),
            ('则', '則'),
            ('规', '規'),
            ('监', '監'),
            ('责', '責'),
            ('项', '項'),
            ('应', '應'),
            ('当', '當'),
        ];
        let traditional = |c: char| FORMS.iter().find(|f| f.0 == c && self.traditional).map_or(c, |f| f.1);
        text.chars().map(traditional).collect()
    }
}

/// An article of a statute: sentences of its paragraphs, and how many items the first one leads in.
type Paragraphs = (Vec<&'static str>, usize);

/// The text of a statute with the labels of its headings and the labels, texts and paths of its articles.
#[derive(Debug, Default)]
struct Expected {
    headings: Vec<(HeadingKind, String, String)>,
    articles: Vec<(String, String, Vec<String>)>,
}

fn statute(chapters: &[Vec<Paragraphs>], numbered: bool, contents: bool, style: Style) -> (String, Expected) {
    let (mut text, mut expected) = (String::new(), Expected::default());
    let name = |k: usize| (format!("第{}章", chinese(k + 1)), CHAPTERS[k % CHAPTERS.len()].to_owned());
    if numbered && contents {
        style.line(&mut text, "目　录");
        (0..chapters.len())
            .for_each(|k| style.line(&mut text, &style.spelled(&format!("{}　{}", name(k).0, name(k).1))));
    }
    let mut n = 0;
    for (k, articles) in chapters.iter().enumerate() {
        let (label, title) = name(k);
        let mut path = Vec::new();
        if numbered {
            let spelled = style.spelled(&title);
            style.line(&mut text, &format!("{label}　{spelled}"));
            expected.headings.push((HeadingKind::Chapter, label.clone(), spelled.clone()));
            path.push(format!("{label} {spelled}"));
        }
        for (paragraphs, items) in articles {
            n += 1;
            let label = style.spelled(&format!("第{}条", chinese(n)));
            let mut lines: Vec<String> = paragraphs.iter().map(|p| style.spelled(p)).collect();
            if *items > 0 {
                lines.push(style.spelled("有关部门应当履行下列职责："));
                lines.extend((0..*items).map(|i| {
                    let stop = if i + 1 == *items { '。' } else { '；' };
                    format!("{}{}{stop}", style.bracketed(i + 1), style.spelled(ITEMS[i % ITEMS.len()]))
                }));
            }
            style.line(&mut text, &format!("{label}{}{}", style.gap, lines[0]));
            lines.iter().skip(1).for_each(|l| style.line(&mut text, l));
            expected.articles.push((label, lines.join("\n"), path.clone()));
        }
    }
    (text, expected)
}

fn statutes() -> impl Strategy<Value = (Vec<Vec<Paragraphs>>, bool, bool, Style)> {
    let article = (vec(select(SENTENCES), 1..4), 0..5usize);
    (vec(vec(article, 1..5), 2..6), any::<bool>(), any::<bool>(), style())
}

/// Headings and articles of a document in the form of `Expected`.
fn found(d: &Document) -> Expected {
    let numbered = |a: &Article| a.kind == ArticleKind::Numbered;
    Expected {
        headings: d.headings.iter().map(|h| (h.kind, h.label.clone(), h.title.clone())).collect(),
        articles: (0..d.articles.len())
            .filter(|i| numbered(&d.articles[*i]))
            .map(|i| (d.articles[i].label.clone(), d.article_text(i), d.articles[i].path.clone()))
            .collect(),
    }
}

/// A unit of a policy document: title, sentences, whether a note of the responsible unit follows, sub-items.
type Unit = (&'static str, Vec<&'static str>, bool, usize);

fn units() -> impl Strategy<Value = Vec<Vec<Unit>>> {
    let plain: Vec<&'static str> = SENTENCES.iter().copied().filter(|s| !s.contains("条")).collect();
    let unit = (select(TITLES), vec(select(plain), 1..3), any::<bool>(), 0..4usize);
    vec(vec(unit, 1..5), 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_statute_gives_back_its_chapters_articles_and_texts((chapters, numbered, contents, style) in statutes()) {
        let (body, expected) = statute(&chapters, numbered, contents, style);
        let text = format!("甲市质量促进{}\n（2020年1月1日甲市人民代表大会常务委员会通过）\n{body}", style.spelled("条例"));
        let d = parse(&text);
        check(&d);
        let found = found(&d);
        prop_assert_eq!(found.headings, expected.headings, "{}", text);
        prop_assert_eq!(found.articles, expected.articles, "{}", text);
        prop_assert!(d.articles.iter().all(|a| a.kind == ArticleKind::Numbered), "nothing is left over:\n{}", text);
        prop_assert!(d.warnings.is_empty(), "{:?}\n{}", d.warnings, text);
    }

    #[test]
    fn a_statute_behind_a_letter_is_a_part_of_its_own(
        (chapters, numbered, contents, style) in statutes(),
        signed in any::<bool>(),
    ) {
        let (body, expected) = statute(&chapters, numbered, contents, style);
        let signature = if signed { "甲市人民政府办公室\n2024年5月6日\n" } else { "" };
        let text = format!(
            "甲市人民政府办公室关于印发《甲市质量奖励办法》的通知\n甲政办发〔2024〕12号\n各区人民政府：\n\
             《甲市质量奖励办法》已经市政府同意，现印发给你们，请认真贯彻执行。\n{signature}甲市质量奖励办法\n{body}"
        );
        let d = parse(&text);
        check(&d);
        let found = found(&d);
        let title = "甲市质量奖励办法".to_owned();
        prop_assert_eq!(&found.headings[0], &(HeadingKind::Attached, String::new(), title.clone()), "{}", text);
        prop_assert_eq!(&found.headings[1..], &expected.headings[..], "{}", text);
        let below = |(label, text, path): (String, String, Vec<String>)| {
            (label, text, std::iter::once(title.clone()).chain(path).collect())
        };
        let articles: Vec<(String, String, Vec<String>)> = expected.articles.into_iter().map(below).collect();
        prop_assert_eq!(found.articles, articles, "{}", text);
        prop_assert!(d.articles[0].kind == ArticleKind::Body && d.articles[0].path.is_empty(), "the letter:\n{}", text);
    }

    #[test]
    fn a_decision_keeps_the_articles_it_quotes_inside_its_own_units(
        quoted in vec((vec(select(SENTENCES), 1..4), 0..4usize, any::<[bool; 2]>()), 1..8),
        style in style(),
        republished in any::<bool>(),
    ) {
        let mut text = "甲市人民代表大会常务委员会关于修改《甲市消防条例》的决定\n（2023年9月27日通过）\n会议决定对《甲市消防条例》作如下修改：\n".to_owned();
        for (k, (sentences, items, [own_line, reopened])) in quoted.iter().enumerate() {
            let n = chinese(k + 5);
            let mut lines: Vec<String> = sentences.iter().map(|s| (*s).to_owned()).collect();
            lines[0] = format!("第{n}条　{}", lines[0]);
            lines.extend((0..*items).map(|i| format!("{}{}；", style.bracketed(i + 1), ITEMS[i])));
            let mark = if *reopened { "\n“" } else { "\n" };
            let quotation = format!("“{}”", lines.join(mark));
            let colon = if *own_line { "：\n" } else { "：" };
            text.push_str(&format!("{}、将第{n}条修改为{colon}{quotation}\n", chinese(k + 1)));
        }
        text.push_str("本决定自公布之日起施行。\n");
        if republished {
            text.push_str("《甲市消防条例》根据本决定作相应修改，重新公布。\n\n甲市消防条例\n（2010年7月30日通过　根据2023年9月27日《关于修改〈甲市消防条例〉的决定》修正）\n第一条　为了预防火灾，制定本条例。\n第二条　本条例自2011年1月1日起施行。\n");
        }
        let d = parse(&text);
        check(&d);
        let labels: Vec<&str> = d.articles.iter().map(|a| a.label.as_str()).filter(|l| !l.is_empty()).collect();
        let mut expected: Vec<String> = (1..=quoted.len()).map(|k| format!("{}、", chinese(k))).collect();
        if republished {
            expected.extend(["第一条".to_owned(), "第二条".to_owned()]);
            let last = d.articles.last().expect("articles");
            prop_assert_eq!(&last.path, &["甲市消防条例".to_owned()], "{}", text);
        }
        prop_assert_eq!(labels, expected, "{}", text);
        let attached = d.headings.iter().filter(|h| h.kind == HeadingKind::Attached).count();
        prop_assert_eq!(attached, usize::from(republished), "{}", text);
    }

    #[test]
    fn a_plan_gives_back_its_sections_units_titles_and_notes(
        sections in units(),
        style in style(),
        arabic in any::<bool>(),
        through in any::<bool>(),
        own_line in any::<bool>(),
    ) {
        let mut text = "甲市质量提升行动方案\n为提升质量，制定本方案。\n".to_owned();
        let (mut headings, mut articles) = (Vec::new(), Vec::new());
        let mut n = 0;
        for (k, units) in sections.iter().enumerate() {
            let (label, title) = (format!("{}、", chinese(k + 1)), format!("{}工作", TITLES[k % TITLES.len()]));
            style.line(&mut text, &format!("{label}{title}"));
            headings.push((HeadingKind::Section, label.clone(), title.clone()));
            // Arabic numbers begin anew under every heading.
            n = if through && !arabic { n } else { 0 };
            for (title, sentences, noted, items) in units {
                n += 1;
                let number = if arabic { format!("{n}{}", if style.half { "." } else { "．" }) } else { style.bracketed(n) };
                let note = if *noted { "（责任单位：市财政局、市教育局）" } else { "" };
                let (sentences, stop) = (sentences.concat(), if own_line { "\n" } else { "。" });
                style.line(&mut text, &format!("{number}{title}{stop}{sentences}{note}"));
                for (i, item) in ITEMS.iter().take(*items).enumerate() {
                    style.line(&mut text, &format!("（{}）{item}。", i + 1));
                }
                let units: Vec<String> = if *noted { vec!["市财政局".to_owned(), "市教育局".to_owned()] } else { Vec::new() };
                articles.push((number, (*title).to_owned(), units, format!("{label}{}", headings[k].2)));
            }
        }
        let d = parse(&text);
        check(&d);
        prop_assert_eq!(found(&d).headings, headings, "{}", text);
        let found: Vec<(String, String, Vec<String>, String)> = d
            .articles
            .iter()
            .filter(|a| a.kind == ArticleKind::Numbered)
            .map(|a| (a.label.clone(), a.title.clone(), a.responsible.clone(), a.path.concat()))
            .collect();
        prop_assert_eq!(found, articles, "{}", text);
        prop_assert!(d.warnings.is_empty(), "{:?}\n{}", d.warnings, text);
    }
}
