//! The library on the page.

use std::path::Path;

use clausewise::http::Options;
use serde_json::{Value, json};

use crate::browser::Page;
use crate::fixture::{self, SAMPLES, Server};

fn path(inside: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(inside).display().to_string()
}

const TEXT: &str = "甲市养犬管理办法\n第一条 为了规范养犬行为，制定本办法。\n第二条 携犬出户应当束犬链，避让行人。";

/// Drags files over the page: the event, and names with texts.
const DRAG: &str = "const data = new DataTransfer();
    for (const [name, text] of arguments[1]) data.items.add(new File([text], name));
    const event = new DragEvent(arguments[0], { dataTransfer: data, bubbles: true, cancelable: true });
    return document.querySelector('h1').dispatchEvent(event)";

fn given(server: &Server, id: &str) -> Value {
    server.get(&format!("/v1/documents/{id}")).expect(200)["given"].clone()
}

/// Waits until a list without a sign of waiting is there.
fn listed(page: &Page) {
    page.wait("the list", "!document.querySelector('[aria-busy]') && document.querySelector('.documents, .empty')");
}

#[test]
fn files_are_taken_in_one_after_the_other_and_a_refusal_says_what_to_do() {
    let server = Server::start();
    let Some(page) = Page::open(&server, "/library") else { return };
    listed(&page);
    assert!(page.text(".empty").contains("文档库还是空的"));
    let files = [path("tests/fixtures/office/numbered.docx"), path("tests/fixtures/office/locked.pdf")];
    page.type_into("input[type=file]", &files.join("\n"));
    page.wait("the end", "document.querySelector('.queue [role=status]')?.textContent.includes('全部完成')");
    assert_eq!(page.text(".queue [role=status]"), "共 2 个文件，全部完成，其中 1 个没有收录");
    let rows = page.texts(".file");
    assert!(rows[0].contains("已收录") && rows[0].contains(" 条"), "{rows:?}");
    assert!(rows[1].contains("请去掉密码后再试"), "{rows:?}");
    page.wait("the list", "document.querySelectorAll('.documents tbody tr').length === 1");
    assert_eq!(page.run("return document.querySelector('.documents th a').search", &[]), json!("?id=numbered"));
    page.accessible();
    page.other_language();
    listed(&page);
    let rows = page.texts(".file");
    assert!(rows[0].contains("taken in") && rows[1].contains("take the password off"), "{rows:?}");
    page.click_text(".queue button", "Clear this list");
    assert_eq!(page.count(".queue:not([hidden])"), 0);
    page.type_into("input[type=file]", &files[0]);
    page.wait("the end", "document.querySelector('.queue [role=status]')?.textContent.includes('All 1 files')");
    assert!(page.text(".file").contains("was there already"), "{}", page.text(".file"));
    assert_eq!(server.documents(), 1);
}

#[test]
fn files_can_be_dropped_anywhere_on_the_page() {
    let server = Server::start();
    let Some(page) = Page::open(&server, "/library") else { return };
    listed(&page);
    let files = json!([["一.txt", TEXT], ["二.txt", TEXT], ["三.txt", "乙市办法\n第一条 用水应当计量。"]]);
    page.run(DRAG, &[json!("dragenter"), files.clone()]);
    assert_eq!(page.count(".drop:not([hidden])"), 1);
    // Else the browser would leave the page and show the file.
    assert_eq!(page.run(DRAG, &[json!("dragover"), files.clone()]), json!(false));
    assert_eq!(page.run(DRAG, &[json!("drop"), files]), json!(false));
    assert_eq!(page.count(".drop:not([hidden])"), 0);
    page.wait("the end", "document.querySelector('.queue [role=status]')?.textContent.includes('全部完成')");
    let rows = page.texts(".file");
    assert!(rows[1].contains("没有重复收录") && rows[1].contains("同样的文字已经收录为"), "{rows:?}");
    assert_eq!(server.documents(), 2);
    page.wait("the list", "document.querySelectorAll('.documents tbody tr').length === 2");
    page.quiet();
}

#[test]
fn of_two_files_of_one_name_the_second_does_not_take_the_place_of_the_first() {
    let server = Server::start();
    let Some(page) = Page::open(&server, "/library") else { return };
    listed(&page);
    let files = json!([["通知.txt", TEXT], ["通知.txt", "乙市办法\n第一条 用水应当计量。"]]);
    page.run(DRAG, &[json!("drop"), files]);
    page.wait("the end", "document.querySelector('.queue [role=status]')?.textContent.includes('全部完成')");
    let rows = page.texts(".file");
    assert!(rows[0].contains("已收录") && rows[1].contains("同名文件"), "{rows:?}");
    // Whoever means it can say so.
    page.click_text(".file button", "重试");
    page.wait("the end", "document.querySelectorAll('.file.done').length === 2");
    assert!(page.texts(".file")[1].contains("已替换"), "{:?}", page.texts(".file"));
    page.quiet();
}

#[test]
fn what_is_being_taken_in_goes_on_while_one_looks_at_something_else() {
    let (server, gate) = fixture::gated(Options::default());
    let Some(page) = Page::open(&server, "/library") else { return };
    listed(&page);
    gate.close();
    let files = json!([
        ["一.txt", TEXT],
        ["二.txt", "乙市办法\n第一条 用水应当计量。"],
        ["三.txt", "丙市办法\n第一条 用电应当计量。"]
    ]);
    page.run(DRAG, &[json!("drop"), files]);
    page.wait("the first", "document.querySelector('.file.reading')");
    assert_eq!(page.count(".file.waiting"), 2);
    page.click(".file:last-child button");
    assert_eq!(page.count(".file.cancelled"), 1);
    page.click("nav a[href='/check']");
    page.wait("another view", "location.pathname === '/check'");
    let leave = "const event = new Event('beforeunload', { cancelable: true }); dispatchEvent(event); return event.defaultPrevented";
    assert_eq!(page.run(leave, &[]), json!(true), "leaving the page is asked about");
    gate.open();
    page.click("nav a[href='/library']");
    page.wait("the end", "document.querySelector('.queue [role=status]')?.textContent.includes('全部完成')");
    page.wait("the list", "document.querySelectorAll('.documents tbody tr').length === 2");
    assert_eq!(page.run(leave, &[]), json!(false));
}

#[test]
fn documents_are_narrowed_down_and_the_address_holds_how() {
    let Some(page) = Page::open(&SAMPLES, "/library") else { return };
    listed(&page);
    assert_eq!(page.count(".documents tbody tr"), 5);
    let counted: u64 = 5;
    assert!(
        page.text(".columns section > .muted").starts_with(&format!("{counted} 篇文档")),
        "{}",
        page.text(".columns section > .muted")
    );
    page.type_into("input[name=title]", "质量 咸政发");
    page.wait("one document", "document.querySelectorAll('.documents tbody tr').length === 1");
    page.wait("the address", "decodeURIComponent(location.search) === '?title=质量+咸政发'");
    assert_eq!(page.address(), "/library?title=质量+咸政发");
    page.go("/library");
    listed(&page);
    let label = page.texts(".facets label").into_iter().find(|label| label.starts_with("湖北")).unwrap();
    page.click_text(".facets label", &label);
    page.wait("湖北", "document.querySelectorAll('.documents tbody tr').length === 1");
    assert_eq!(page.address(), "/library?regions=湖北");
    // More of the same facet can be chosen, and the box that was ticked has the focus.
    assert!(page.texts(".facets fieldset:first-child label").len() > 1);
    assert_eq!(page.run("return document.activeElement.type", &[]), json!("checkbox"));
    page.go("/library?regions=湖北,山东&title=没有这样的词");
    listed(&page);
    assert!(page.text(".empty").contains("没有符合条件的文档"));
    assert_eq!(page.count(".facets input:checked"), 2);
    page.quiet();
}

#[test]
fn a_wrong_value_is_corrected_at_its_field_and_the_text_stands_where_nothing_is_entered() {
    let server = Server::start();
    server.add("dogs", TEXT);
    let Some(page) = Page::open(&server, "/library") else { return };
    listed(&page);
    page.click(".documents .tools button");
    page.wait("the form", "document.querySelector('dialog[open]')");
    page.accessible();
    assert!(page.text("dialog").contains("原文：甲市养犬管理办法"), "{}", page.text("dialog"));
    page.type_into("dialog [name=document_number]", "甲政发〔2024〕1号");
    page.run("document.querySelector('dialog [name=level]').value = 'county'", &[]);
    // A browser without a calendar lets one type anything.
    page.run(
        "const date = document.querySelector('dialog [name=date]'); date.type = 'text'; date.value = '2024-13-45'",
        &[],
    );
    page.click("dialog [type=submit]");
    page.wait("the error", "document.querySelector('dialog [aria-invalid]')");
    assert_eq!(page.run("return document.activeElement.name", &[]), json!("date"));
    assert!(page.text("dialog .error:not(:empty)").contains("2024-13-45"));
    assert_eq!(given(&server, "dogs")["document_number"], json!(null));
    page.run("document.querySelector('dialog [name=date]').value = '2024-03-05'", &[]);
    page.click("dialog [type=submit]");
    page.wait("the row", "document.querySelector('.documents tbody tr')?.textContent.includes('甲政发〔2024〕1号')");
    page.wait("no form", "!document.querySelector('dialog')");
    assert_eq!(page.count("dialog"), 0);
    let now = given(&server, "dogs");
    assert_eq!((&now["level"], &now["date"], &now["title"]), (&json!("county"), &json!("2024-03-05"), &json!(null)));

    page.click(".documents .tools button");
    page.wait("the form", "document.querySelector('dialog[open]')");
    assert_eq!(page.run("return document.querySelector('dialog [name=date]').value", &[]), json!("2024-03-05"));
    page.click_text("dialog button", "全部恢复为原文");
    page.click("dialog [type=submit]");
    page.wait("the row", "document.querySelector('.documents tbody tr')?.textContent.includes('甲政发') === false");
    assert!(given(&server, "dogs").as_object().unwrap().values().all(Value::is_null), "{}", given(&server, "dogs"));
}

#[test]
fn what_is_removed_can_be_brought_back_and_is_gone_when_the_page_is_left() {
    let server = Server::start();
    server.add("dogs", TEXT);
    server.add("water", "乙市用水办法\n第一条 用水应当计量。");
    let Some(page) = Page::open(&server, "/library") else { return };
    listed(&page);
    page.click("tr[data-id=dogs] .tools button:last-child");
    assert_eq!(page.texts(".documents tbody th a"), ["乙市用水办法"]);
    assert!(page.text(".columns section > .muted").starts_with("1 篇文档"));
    page.click(".notice button");
    page.wait("both", "document.querySelectorAll('.documents tbody tr').length === 2");
    assert_eq!(server.documents(), 2);

    page.click("tr[data-id=dogs] input");
    page.click("tr[data-id=water] input");
    assert!(page.text(".selection").contains("已选 2 篇"));
    page.click_text(".selection button", "移除所选");
    assert_eq!(page.count(".documents tbody tr"), 0);
    assert_eq!(server.documents(), 2, "there is time to think again");
    page.go("/check");
    let gone = std::time::Instant::now();
    while server.documents() > 0 {
        assert!(gone.elapsed().as_secs() < 20, "they are still there");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

#[test]
fn what_cannot_be_removed_comes_back_with_the_reason() {
    let server = Server::start();
    server.add("dogs", TEXT);
    let Some(page) = Page::open(&server, "/library") else { return };
    listed(&page);
    // The service is not reached for this one request.
    page.run(
        "const real = window.fetch; window.fetch = (path, options) => options?.method === 'DELETE' \
         ? Promise.reject(new TypeError('no connection')) : real(path, options)",
        &[],
    );
    page.click("tr[data-id=dogs] .tools button:last-child");
    assert_eq!(page.count(".documents tbody tr"), 0);
    page.wait("the row", "document.querySelectorAll('.documents tbody tr').length === 1");
    assert!(page.text(".notice:last-child").contains("没有移除"), "{}", page.text(".notice:last-child"));
}
