//! A document on the page.

use serde_json::{Value, json};

use crate::browser::Page;
use crate::fixture::{SAMPLES, Server};

const SAMPLE_IDS: [&str; 5] = ["huairen-2023", "neimenggu-2023", "taian-2018", "xianning-2016", "zaozhuang-2024"];

/// Opens a document and waits until its last clause is there.
fn open(page: &Page, server: &Server, id: &str, more: &str) -> Value {
    let detail = server.get(&format!("/v1/documents/{id}")).expect(200);
    let clauses = detail["clauses"].as_array().unwrap().len();
    page.go(&format!("/document?id={id}{more}"));
    page.wait("all clauses", &format!("document.querySelectorAll('a.place').length === {clauses}"));
    detail
}

/// Waits until what was gone to stands still. The page brings it into view once more, two drawings later: its parts are
/// seldom as high as was thought.
fn settled(page: &Page) {
    page.run(
        "window.drawn = false; const drawn = (left) => requestAnimationFrame(() => left ? drawn(left - 1) : \
         (window.drawn = true)); drawn(3)",
        &[],
    );
    page.wait("three drawings", "window.drawn");
}

#[test]
fn the_text_stands_whole_and_in_reading_order() {
    let Some(page) = Page::open(&SAMPLES, "/") else { return };
    for id in SAMPLE_IDS {
        let detail = open(&page, &SAMPLES, id, "");
        let shown = page.run(
            "const body = document.querySelector('.body').cloneNode(true);
             for (const other of body.querySelectorAll('a.place, .tools')) other.remove();
             return body.textContent",
            &[],
        );
        let dense = |text: &Value| text.as_str().unwrap().split_whitespace().collect::<String>();
        assert_eq!(dense(&shown), dense(&detail["text"]), "{id}");
        assert_eq!(page.text("h1"), detail["metadata"]["title"].as_str().unwrap());
        page.fits();
    }
    page.quiet();
}

#[test]
fn the_clause_of_the_address_is_in_view_and_can_be_acted_on() {
    let Some(page) = Page::open(&SAMPLES, "/") else { return };
    let detail = open(&page, &SAMPLES, "taian-2018", "&clause=150");
    let in_view = "(() => { const chosen = document.querySelector('.clause.chosen'); if (!chosen) return false; \
                   const { top, bottom } = chosen.getBoundingClientRect(); return top > 56 && bottom < innerHeight })()";
    page.wait("the clause in view", in_view);
    let text = page.text(".clause.chosen").replace('#', "");
    assert_eq!(text.trim(), detail["clauses"][150]["text"].as_str().unwrap());
    let links =
        page.run("return [...document.querySelectorAll('.tools a')].map((a) => decodeURIComponent(a.search))", &[]);
    assert_eq!(links, json!(["?clause=taian-2018:150", "?clause=taian-2018:150"]));
    page.accessible();

    page.run("document.querySelectorAll('.clause')[3].click()", &[]);
    assert_eq!(page.address(), "/document?id=taian-2018&clause=3");
    assert_eq!(page.count(".clause.chosen"), 1);
    let address = page.address();
    page.go(&address);
    page.wait("the clause again", in_view);
    assert_eq!(page.text(".clause.chosen").replace('#', "").trim(), detail["clauses"][3]["text"].as_str().unwrap());
    page.go("/document?id=taian-2018&clause=99999");
    page.wait("the notice", "document.querySelector('.notice')");
    assert!(page.text(".notice").contains("没有第 99999 号条款"));
    page.quiet();
}

#[test]
fn clauses_can_be_walked_with_the_keyboard() {
    let Some(page) = Page::open(&SAMPLES, "/") else { return };
    open(&page, &SAMPLES, "xianning-2016", "&clause=12");
    page.wait("the clause", "document.querySelector('.clause.chosen')");
    assert_eq!(page.count("a.place[tabindex='0']"), 1);
    page.run("document.querySelector('.chosen a.place').focus()", &[]);
    // Twice down, and enter.
    page.press("\u{e015}");
    page.press("\u{e015}");
    page.press("\u{e007}");
    page.wait("the next but one", "location.search.endsWith('clause=14')");
    assert_eq!(page.run("return document.activeElement.closest('.clause').dataset.clause", &[]), json!("14"));
}

#[test]
fn the_outline_leads_to_its_parts_and_marks_the_one_in_view() {
    let Some(page) = Page::open(&SAMPLES, "/") else { return };
    let detail = open(&page, &SAMPLES, "taian-2018", "");
    let heading = detail["headings"].as_array().unwrap().last().unwrap();
    let title = heading["title"].as_str().unwrap();
    let place = format!("[...document.querySelectorAll('.entry')].find((e) => e.textContent.endsWith({title:?}))");
    page.run(&format!("{place}.click()"), &[]);
    let view = format!(
        "[...document.querySelectorAll('h2.line, h3.line')].some((e) => e.textContent.includes({title:?}) && \
         e.getBoundingClientRect().top > 0 && e.getBoundingClientRect().top < innerHeight / 2)"
    );
    page.wait("the part in view", &view);
    page.wait("its mark", &format!("{place}.getAttribute('aria-current') === 'location'"));
    settled(&page);
    page.run("scrollTo(0, 0)", &[]);
    page.wait("no mark of it", &format!("!{place}.hasAttribute('aria-current')"));
    assert_eq!(page.address(), "/document?id=taian-2018");
}

#[test]
fn every_value_tells_where_it_comes_from() {
    let Some(page) = Page::open(&SAMPLES, "/") else { return };
    open(&page, &SAMPLES, "zaozhuang-2024", "");
    let fields = page.texts(".fields > div");
    for expected in ["文号枣政字〔2024〕17号原文写明", "层级市级推定，依据", "公布日期未注明"]
    {
        assert!(fields.iter().any(|field| field.starts_with(expected)), "{expected} in {fields:?}");
    }
    page.other_language();
    page.wait("English", "document.querySelector('.fields dt')?.textContent === 'Number'");
    let fields = page.texts(".fields > div");
    assert!(fields.iter().any(|field| field.starts_with("Levelcityinferred from: ")), "{fields:?}");
}

#[test]
fn warnings_are_told_in_the_language_of_the_page_and_lead_to_their_places() {
    let Some(page) = Page::open(&SAMPLES, "/") else { return };
    let detail = open(&page, &SAMPLES, "zaozhuang-2024", "");
    let told = detail["warnings"].as_array().unwrap();
    assert!(!told.is_empty());
    page.click(".warnings summary");
    let words = page.texts(".warnings li span");
    assert_eq!(words.len(), told.len());
    for line in &words {
        assert!(!line.contains(|c: char| c.is_ascii_alphabetic()), "{line}");
    }
    page.click(".warnings li button");
    page.wait("the place", "document.activeElement.classList.contains('flash')");
    settled(&page);
    let top = page.run("return document.activeElement.getBoundingClientRect().top < innerHeight", &[]);
    assert_eq!(top, json!(true));
}

#[test]
fn versions_lead_to_each_other_and_to_their_comparison() {
    let server = Server::start();
    for (id, year) in [("old", 2010), ("new", 2020)] {
        let text = format!(
            "山东省节约用水条例\n({year}年3月1日 山东省第十三届人民代表大会常务委员会第二十次会议通过)\n第一条 为了节约用水，制定本条例。\n第二条 用水应当计量，按量收费。"
        );
        server.add(id, &text);
    }
    let Some(page) = Page::open(&server, "/") else { return };
    open(&page, &server, "old", "");
    assert!(page.text(".about .warn").contains("有更新的版本"));
    assert!(page.text(".versions li").contains("最新"));
    let links =
        page.run("return [...document.querySelectorAll('.versions a')].map((a) => a.getAttribute('href'))", &[]);
    assert_eq!(links, json!(["/document?id=new", "/compare?left=new&right=old"]));
    page.click(".versions a");
    // Without the note that there is a newer one: until it is drawn the older one still stands there.
    let newest = "document.querySelector('.versions') && !document.querySelector('.about > .warn')";
    page.wait("the newer one", &format!("location.search === '?id=new' && {newest}"));
}

#[test]
fn a_reload_stays_where_one_has_read_on() {
    let Some(page) = Page::open(&SAMPLES, "/document?id=xianning-2016&clause=12") else { return };
    page.wait("the clause", "document.querySelector('.clause.chosen')");
    page.wait("its place", "scrollY > 0 && history.state?.top === scrollY");
    page.run("scrollBy(0, 1500)", &[]);
    page.wait("the place is kept", "Math.abs(history.state.top - scrollY) < 2 && scrollY > 1000");
    let top = page.run("return scrollY", &[]).as_f64().unwrap();
    page.run("window.before = true; location.reload()", &[]);
    page.wait("the page anew", "!window.before && document.querySelector('.clause.chosen')");
    page.wait("the place", &format!("Math.abs(scrollY - {top}) < 3"));
    // And nothing takes it away again.
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!((page.run("return scrollY", &[]).as_f64().unwrap() - top).abs() < 3.0);
    page.quiet();
}

#[test]
fn a_document_that_is_not_there_is_told_with_a_way_on() {
    let Some(page) = Page::open(&SAMPLES, "/document?id=nothing") else { return };
    page.wait("the state", "document.querySelector('.empty')");
    assert!(page.text(".empty").contains("没有这篇文档"));
    page.click(".empty a");
    page.wait("the library", "location.pathname === '/library' && document.querySelector('.documents')");
}

#[test]
fn a_document_of_two_thousand_clauses_stays_fluid() {
    let server = Server::start();
    // The same few sentences: one embedding a distinct text.
    let article =
        "各级人民政府应当加强组织领导，落实各项责任。有关部门应当在三十日内完成各自任务。违反规定的，依法处以罚款。";
    let articles: Vec<String> = (1..=700).map(|n| format!("第{n}条 {article}")).collect();
    server.add("long", &format!("测试条例\n{}", articles.join("\n")));
    let Some(page) = Page::open(&server, "/library") else { return };
    page.wait("the library", "document.querySelector('.documents')");
    // The best of three: the machine may have other work.
    let mut longest = f64::INFINITY;
    for _ in 0..3 {
        page.count_tasks();
        page.click(".documents th a");
        page.wait("the clauses", "document.querySelectorAll('a.place').length >= 2000");
        page.run("document.querySelectorAll('.clause')[1900].click()", &[]);
        page.run("document.querySelectorAll('.entry')[650].click()", &[]);
        page.wait("the part in view", "document.querySelector('.entry[aria-current]')");
        longest = longest.min(page.longest_task());
        page.run("history.go(-1)", &[]);
        page.wait("the library", "document.querySelector('.documents')");
    }
    println!("longest task with 2,100 clauses: {longest:.0} ms");
    // 200 ms is what it should take; five times that is no machine's fault.
    assert!(longest < 1000.0, "{longest} ms");
}
