//! Duplicates on the page.

use serde_json::json;

use crate::browser::Page;
use crate::fixture::Server;

const SHARED: &str = "各级人民政府应当加强质量工作的组织领导，将质量工作纳入国民经济和社会发展规划，保障工作经费。";

/// Three documents with a clause in common, one of them with other words in it, and a second clause of two of them.
fn server() -> Server {
    let server = Server::start();
    let edited = SHARED.replace("保障工作经费", "并安排专项资金予以保障");
    let fee = "污水处理费应当按月足额征收，专款专用，不得截留挪用。";
    for (id, text) in [
        ("province", format!("山东省质量促进条例\n第一条 {SHARED}\n第二条 {fee}")),
        ("city", format!("济南市质量促进条例\n第一条 {SHARED}\n第二条 企业应当建立首席质量官制度。")),
        ("county", format!("章丘区质量促进办法\n第一条 {edited}\n第二条 {fee}")),
    ] {
        server.add(id, &text);
    }
    server
}

/// Compares all clauses, on the page.
fn compare(page: &Page) {
    page.click(".comparison .begin");
    page.wait("the groups", "document.querySelector('.cluster') && !document.querySelector('.comparison progress')");
}

#[test]
fn clauses_are_compared_on_the_page_and_the_state_is_told_before_and_after() {
    let server = server();
    let Some(page) = Page::open(&server, "/duplicates") else { return };
    page.wait("the state", "document.querySelector('.comparison .begin')");
    assert!(page.text(".comparison").contains("还没有比对过"));
    page.accessible();
    compare(&page);
    assert!(page.text(".comparison").contains("已比对库中全部文档"), "{}", page.text(".comparison"));
    assert_eq!(page.count(".comparison .begin"), 0);
    let late = SHARED.replace("保障工作经费", "落实工作经费");
    server.add("late", &format!("青岛市质量促进办法\n第一条 {late}"));
    page.go("/duplicates");
    page.wait("the state", "document.querySelector('.comparison .begin')");
    assert!(page.text(".comparison").contains("新增了 1 篇"), "{}", page.text(".comparison"));
    page.wait("the groups", "document.querySelector('.cluster h2')?.textContent === '3 条'");
    page.click(".comparison .begin");
    page.wait("a larger group", "document.querySelector('.cluster h2')?.textContent === '4 条'");
    assert!(page.text(".comparison").contains("已比对库中全部文档"), "{}", page.text(".comparison"));
    page.quiet();
}

#[test]
fn a_group_shows_its_representative_why_it_is_that_and_how_the_others_differ() {
    let server = server();
    let Some(page) = Page::open(&server, "/duplicates") else { return };
    compare(&page);
    page.go("/duplicates?threshold=0.6");
    page.wait("the groups", "document.querySelectorAll('.cluster').length === 2");
    let representative = page.text(".cluster .representative");
    assert!(
        representative.contains("山东省质量促进条例") && representative.contains("发文层级最高"),
        "{representative}"
    );
    let members = page.texts(".cluster:first-child .member");
    assert_eq!(members.len(), 2);
    assert!(members[0].contains("济南市质量促进条例") && members[0].contains("一字不差"), "{members:?}");
    assert!(members[1].contains("章丘区质量促进办法"), "{members:?}");
    let parts = |tag: &str| page.texts(&format!(".cluster:first-child .member:nth-child(2) {tag}")).concat();
    assert!(parts("ins").contains("专项资金"), "{}", parts("ins"));
    assert!(parts("del").contains("经费"), "{}", parts("del"));
    assert!(page.text(".count").starts_with("2 组，共 5 条"), "{}", page.text(".count"));
    for theme in ["light", "dark"] {
        page.accessible();
        println!("{theme}: accessible");
        page.other_theme();
    }
    page.quiet();
}

#[test]
fn the_slider_sets_how_alike_clauses_are_and_the_address_follows() {
    let server = server();
    let Some(page) = Page::open(&server, "/duplicates") else { return };
    compare(&page);
    page.go("/duplicates?threshold=0.6");
    page.wait("the groups", "document.querySelectorAll('.cluster').length === 2");
    assert!(page.text("output").contains("60% 以上相同"));
    page.run("document.querySelector('input[type=range]').focus()", &[]);
    // To the end: all of the wording.
    page.press("\u{e010}");
    page.wait("the address", "location.search.includes('threshold=1')");
    page.wait("smaller groups", "document.querySelector('.cluster h2')?.textContent === '2 条'");
    assert_eq!(page.text("output"), "措辞完全相同");
    assert_eq!(page.run("return document.activeElement.type", &[]), json!("range"), "the focus stays");
    page.click_text(".choices button", "只看相同");
    page.wait("the address", "location.search === '?relation=verbatim'");
    assert_eq!(page.count("input[type=range]"), 0);
    assert_eq!(page.run("return document.activeElement.textContent", &[]), json!("只看相同"));
}

#[test]
fn groups_of_one_document_and_of_a_size_have_an_address() {
    let server = server();
    let Some(page) = Page::open(&server, "/duplicates") else { return };
    compare(&page);
    page.go("/duplicates?threshold=0.6&document=city");
    page.wait("its groups", "document.querySelectorAll('.cluster').length === 1");
    page.wait("its title", "document.querySelector('.chip')?.textContent.includes('济南市质量促进条例')");
    page.click(".chip button");
    page.wait("all groups", "document.querySelectorAll('.cluster').length === 2");
    page.go("/duplicates?threshold=0.6&size=3");
    page.wait("the large group", "document.querySelectorAll('.cluster').length === 1");
    page.go("/duplicates?size=20");
    page.wait("none", "document.querySelector('.empty')");
    assert!(page.text(".empty").contains("没有这样的重复条款"));
    page.fits();
}
