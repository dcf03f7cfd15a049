//! Saved web pages: the clauses are those of the plain text.

use clausewise::document::{self, Document, Metadata};

use crate::{one, refusal};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/html");

const PAGES: [&str; 9] =
    ["gov-cn", "trs", "dahan-gb2312", "ewb", "article", "layout-tables", "word", "vsb", "div-soup"];

fn page(name: &str) -> (Document, Metadata, Vec<String>) {
    let read = one(&std::fs::read(format!("{FIXTURES}/{name}.html")).unwrap(), "页面.html");
    (document::parse(&read.text), read.stated, read.warnings)
}

fn plain(name: &str) -> Document {
    document::parse(&std::fs::read_to_string(format!("{FIXTURES}/{name}.txt")).unwrap())
}

fn clauses(document: &Document) -> Vec<(String, String, String)> {
    let articles = &document.articles;
    let cite = |c: &document::Clause| (articles[c.article].label.clone(), c.label.clone(), c.text.clone());
    document.clauses.iter().map(cite).collect()
}

#[test]
fn the_clauses_of_a_saved_page_are_those_of_its_plain_text() {
    for name in PAGES {
        let (page, _, _) = page(name);
        let (found, expected) = (clauses(&page), clauses(&plain(name)));
        assert!(expected.len() >= 4, "{name} has few clauses: {expected:?}");
        assert_eq!(found, expected, "{name}:\n{}", page.text);
    }
}

#[test]
fn headings_and_title_of_a_saved_page_are_those_of_its_plain_text() {
    for name in PAGES {
        let (page, _, _) = page(name);
        let plain = plain(name);
        let headings = |d: &Document| d.headings.iter().map(|h| (h.label.clone(), h.title.clone())).collect::<Vec<_>>();
        assert_eq!(headings(&page), headings(&plain), "{name}");
        assert!(page.metadata.title.is_some(), "{name}:\n{}", page.text);
        assert_eq!(page.metadata.title, plain.metadata.title, "{name}:\n{}", page.text);
        assert_eq!(page.metadata.date, plain.metadata.date, "{name}");
    }
}

#[test]
fn the_index_table_of_a_page_is_read() {
    let (_, stated, _) = page("gov-cn");
    assert_eq!(stated.document_number.as_deref(), Some("怀政发〔2023〕29号"));
    assert_eq!(stated.issuer.as_deref(), Some("怀仁市人民政府"));
    assert_eq!((stated.date.as_deref(), stated.published.as_deref()), (Some("2023-06-22"), Some("2023-06-28")));
    assert_eq!(stated.title.as_deref(), Some("怀仁市人民政府关于印发全面推进质量强市建设实施方案的通知"));
    assert_eq!(stated.region.unwrap().province.as_deref(), Some("山西"));
    let (_, stated, _) = page("dahan-gb2312");
    assert_eq!(
        (stated.issuer.as_deref(), stated.published.as_deref()),
        (Some("泰安市人民政府办公室"), Some("2018-11-28"))
    );
    assert_eq!(stated.document_number, None, "the cell is empty");
}

#[test]
fn a_page_that_says_that_the_document_is_not_in_force_is_taken_with_a_warning() {
    let (_, stated, warnings) = page("trs");
    assert_eq!(stated.published.as_deref(), Some("2016-02-19"));
    assert_eq!(warnings, ["the page says that it is not in force: 有效性 失效"]);
    assert_eq!(stated.validity, Some(clausewise::document::Validity::Expired));
}

#[test]
fn pictures_that_are_left_out_are_told() {
    let (_, _, warnings) = page("article");
    assert_eq!(warnings, ["1 picture left out, with what may be written in it"]);
    let html = "<html><body><div id=zoom><p><img src=1.jpg></p><p><img src=2.jpg></p></div></body></html>";
    let refused = refusal(html.as_bytes(), "扫描.html");
    assert!(refused.contains("with its text in it, received a page without text, with 2 pictures"), "{refused}");
}

#[test]
fn nothing_of_the_page_around_the_document_is_in_its_text() {
    const AROUND: [&str; 11] = [
        "当前位置",
        "您现在的位置",
        "【打印】",
        "分享到",
        "脚本里的字",
        "隐藏的条文",
        "领导之窗",
        "上一",
        "一图读懂",
        "机构职能",
        "首页",
    ];
    for name in PAGES {
        let (page, _, _) = page(name);
        for words in AROUND {
            assert!(!page.text.contains(words), "{name}: {words} in\n{}", page.text);
        }
    }
}

#[test]
fn a_page_is_known_by_its_content_whatever_its_name() {
    let html = "<!-- 保存 -->\n<!DOCTYPE html><html><body><p>第一条　养犬人应当办理登记。</p></body></html>";
    for name in ["规定.txt", "规定.doc", "规定.html", "规定", "规定.md"] {
        assert_eq!(one(html.as_bytes(), name).text, "第一条　养犬人应当办理登记。\n", "{name}");
    }
    assert_eq!(one("第一条　<应当>登记。".as_bytes(), "规定.txt").text, "第一条　<应当>登记。");
}

#[test]
fn lists_have_the_numbers_that_the_reader_sees() {
    let list = |open: &str, items: &str| {
        one(format!("<html><body>{open}{items}</ol></body></html>").as_bytes(), "a.html").text
    };
    let items = "<li>登记犬只。<li>免疫犬只。";
    assert_eq!(list("<ol start=3>", items), "3. 登记犬只。\n4. 免疫犬只。\n");
    assert_eq!(list("<ol type=a>", items), "a. 登记犬只。\nb. 免疫犬只。\n");
    assert_eq!(list("<ol style='list-style-type: cjk-ideographic'>", items), "一、登记犬只。\n二、免疫犬只。\n");
    assert_eq!(list("<ol style='list-style: none'>", items), "登记犬只。\n免疫犬只。\n");
    assert_eq!(list("<ol>", "<li>（一）登记犬只。<li value=9>免疫犬只。"), "（一）登记犬只。\n9. 免疫犬只。\n");
}

#[test]
fn spaces_and_entities_are_as_the_reader_sees_them() {
    let text = |body: &str| one(format!("<html><body>{body}</body></html>").as_bytes(), "a.html").text;
    assert_eq!(
        text("<p>加强质量\n    管理，&ldquo;双随机&rdquo;&#65288;试行&#x0ff09;。</p>"),
        "加强质量管理，“双随机”（试行）。\n"
    );
    assert_eq!(text("<p>通 知</p><p>达到 <b>95</b>%\n以上</p>"), "通 知\n达到 95% 以上\n");
    assert_eq!(text("甲。<br>乙。<br/><br>丙。"), "甲。\n乙。\n丙。\n");
}
