//! Two documents beside each other on the page.

use serde_json::{Value, json};

use crate::browser::Page;
use crate::fixture::{SAMPLES, Server};

const OLD: &str = "甲市养犬管理条例\n第一条 为了规范养犬行为，保障公民健康和人身安全，制定本条例。\n第二条 养犬人应当自养犬之日起三十日内到公安机关办理养犬登记。\n第三条 携犬出户应当由成年人牵领并束犬链，犬链长度不得超过二米。\n第四条 禁止携犬进入医院、学校、商场等公共场所。\n第五条 违反本条例规定的，由公安机关处二百元罚款。";
const NEW: &str = "甲市养犬管理条例\n第一条 为了规范养犬行为，保障公民健康和人身安全，制定本条例。\n第二条 市人民政府应当建立养犬管理工作协调机制，所需经费列入财政预算。\n第三条 养犬人应当自养犬之日起十五日内到公安机关办理养犬登记。\n第四条 违反本条例规定的，由公安机关处五百元罚款。\n第五条 携犬出户应当由成年人牵领并束犬链，犬链长度不得超过一点五米。";

const BOTH: &str = "/compare?left=taian-2018&right=zaozhuang-2024";

/// What the service says of the same two.
fn answer() -> Value {
    let of = |id: &str| json!({"document_id": id});
    SAMPLES.post("/v1/compare", &json!({"left": of("taian-2018"), "right": of("zaozhuang-2024")})).expect(200)
}

fn compared(page: &Page) {
    page.wait(
        "the outcome",
        "!document.querySelector('[aria-busy]') && document.querySelector('.lines path, .rows li')",
    );
}

#[test]
fn two_documents_are_chosen_by_typing_and_stand_side_by_side_with_lines() {
    let Some(page) = Page::open(&SAMPLES, "/compare") else { return };
    page.wait("the start", "document.querySelector('.empty')");
    page.type_into(".choose:first-child input", "泰安");
    page.wait("the document", "document.querySelectorAll('.choose:first-child [role=option]').length === 1");
    page.press("\u{e007}");
    let taken = "document.querySelector('.choose:first-child .taken')";
    page.wait("the left", &format!("location.search === '?left=taian-2018' && {taken}"));
    page.type_into(".choose input", "枣政字");
    page.wait("the document", "document.querySelectorAll('[role=option]').length === 1");
    page.press("\u{e007}");
    compared(&page);
    assert_eq!(page.address(), BOTH);
    let summary = page.text("section.summary");
    let left = &answer()["summary"]["left"];
    let counts = ["verbatim", "edited", "equivalent"].map(|relation| left[relation].as_u64().unwrap());
    let [verbatim, edited, equivalent] = counts;
    let told = format!("左边 197 条：{verbatim} 条相同，{edited} 条改写，{equivalent} 条同类");
    assert!(edited + equivalent > 0 && summary.contains(&told), "{told} in {summary}");
    assert!(summary.contains("右边 84 条"), "{summary}");
    assert_eq!(page.count(".column:first-child .clause"), 197);
    assert_eq!(page.count(".column:last-child .clause"), 84);
    page.accessible();
    page.click(".swap");
    page.wait("the other way round", "document.querySelectorAll('.column:first-child .clause').length === 84");
    assert_eq!(page.address(), "/compare?left=zaozhuang-2024&right=taian-2018");
    page.quiet();
}

#[test]
fn columns_scroll_together_and_lines_are_drawn_for_what_is_in_view() {
    let Some(page) = Page::open(&SAMPLES, BOTH) else { return };
    compared(&page);
    let tops = "return [...document.querySelectorAll('.column')].map((e) => e.scrollTop)";
    page.run("document.querySelector('.column').scrollTop = 3000", &[]);
    page.wait("the right follows", "document.querySelectorAll('.column')[1].scrollTop > 100");
    let left = page.run(tops, &[])[0].as_f64().unwrap();
    assert!((left - 3000.0).abs() < 2.0, "the left stays where it was put: {left}");
    page.run("const column = document.querySelector('.column'); column.scrollTop = column.scrollHeight", &[]);
    page.wait(
        "both ends",
        "[...document.querySelectorAll('.column')].every((e) => e.scrollTop + e.clientHeight > e.scrollHeight - 3)",
    );
    page.run("document.querySelectorAll('.column')[1].scrollTop = 0", &[]);
    page.wait("both tops", "document.querySelector('.column').scrollTop < 3");
    page.wait("lines", "document.querySelectorAll('.lines path').length > 0");
    let drawn = page.count(".lines path");
    assert!(drawn < 34, "only those in view: {drawn}");
    let stroke = page.run("return getComputedStyle(document.querySelector('.lines path')).stroke", &[]);
    assert_ne!(stroke, json!("none"));
}

#[test]
fn another_version_is_offered_and_what_changed_is_marked() {
    let server = Server::start();
    for (id, text, date) in [("dogs-2015", OLD, "2015-03-01"), ("dogs-2022", NEW, "2022-06-01")] {
        let metadata =
            json!({"title": "甲市养犬管理条例", "date": date, "region": {"province": "山东", "city": "甲市"}});
        server.post("/v1/documents", &json!({"document_id": id, "text": text, "metadata": metadata})).expect(201);
    }
    let Some(page) = Page::open(&server, "/compare?left=dogs-2015") else { return };
    page.click_text(".versions button", "2022-06-01");
    compared(&page);
    assert_eq!(page.address(), "/compare?left=dogs-2015&right=dogs-2022");
    assert_eq!(page.texts(".column:first-child del"), ["三十", "二", "二"]);
    assert_eq!(page.texts(".column:last-child ins"), ["十五", "五", "一点五"]);
    let right = page.texts(".column:last-child .clause");
    assert!(right[1].contains("仅右边有"), "{right:?}");
    assert!(right[2].contains("← 第二条") && right[2].contains("期限"), "{right:?}");
    assert!(right[2].contains("三十日内") && right[2].contains("十五日内"), "{right:?}");
    assert!(right[3].contains("移位") && right[3].contains("二百元"), "{right:?}");
    // Lines that cross: the moved one and the one it passes.
    assert_eq!(page.count(".lines path"), 4);
    assert_eq!(page.count(".lines path.moved"), 1);
    page.accessible();

    page.click("[data-show=only]");
    page.wait("one side only", "document.querySelectorAll('.clause').length === 2");
    page.click("[data-show=figure]");
    page.wait("other figures", "document.querySelectorAll('.column:first-child .clause').length === 2");
    assert!(page.address().ends_with("&show=figure"), "{}", page.address());
    page.click("[data-show=changed]");
    page.wait("changes", "document.querySelectorAll('.column:first-child .clause').length === 4");

    // From change to change by buttons, then by keys where the focus is in the text.
    page.click_text(".walk button", "下一处变化");
    page.wait("the first", "document.querySelectorAll('.column .current').length === 1");
    assert_eq!(page.text(".walk [role=status]"), "第 1 处，共 5 处");
    page.run("document.querySelector('.column').focus()", &[]);
    page.press("n");
    page.wait("the second", "document.querySelectorAll('.column .current').length === 2");
    assert_eq!(page.text(".walk [role=status]"), "第 2 处，共 5 处");
    page.press("p");
    assert_eq!(page.text(".walk [role=status]"), "第 1 处，共 5 处");
    let shared = page.address();
    assert!(shared.contains("&at=1"), "{shared}");
    page.go("/");
    page.go(&shared);
    page.wait("the same place", "document.querySelectorAll('.column .current').length === 1");

    // Articles with another number lead to their place.
    page.click("section.summary summary");
    page.wait("the articles", "document.querySelectorAll('.articles tbody tr').length > 0");
    let changes = page.texts(".articles tbody tr");
    assert!(changes.iter().any(|line| line.contains("第二条 → 第三条") && line.contains("条号改变")), "{changes:?}");
    page.click_text(".articles button", "第二条 → 第三条");
    page.wait("its place", "document.querySelector('.column .current')?.textContent.includes('三十日内')");
    page.accessible();
    page.other_language();
    compared(&page);
    assert!(page.text("section.summary").contains("Left, 5 clauses: 1 verbatim"), "{}", page.text("section.summary"));
    page.quiet();
}

#[test]
fn what_is_pasted_on_one_side_stays_when_the_other_is_chosen() {
    let Some(page) = Page::open(&SAMPLES, "/compare") else { return };
    page.type_into(".choose:first-child textarea", "养犬人应当办理登记。");
    page.type_into(".choose:last-child textarea", "养犬人应当束犬链。");
    page.click(".choose:first-child .text-zone button");
    page.wait("the left", "document.querySelector('.choose:first-child .taken')");
    let right = "document.querySelector('.choose:last-child textarea').value";
    assert_eq!(page.run(&format!("return {right}"), &[]), json!("养犬人应当束犬链。"));
    page.click(".choose:last-child .text-zone button");
    page.wait("the outcome", "document.querySelectorAll('.column .clause').length === 2");
    page.click(".choose:first-child .taken button");
    page.wait("the box", "document.querySelector('.choose:first-child textarea')?.value === '养犬人应当办理登记。'");
    page.quiet();
}

#[test]
fn texts_can_be_pasted_or_dropped_and_show_as_text() {
    let Some(page) = Page::open(&SAMPLES, "/compare") else { return };
    let hostile = OLD.replace("公安机关处", "<img src=x onerror=\"window.hacked=1\">公安机关处");
    page.run("document.querySelector('.choose textarea').value = arguments[0]", &[json!(hostile)]);
    page.click(".text-zone button");
    page.wait("the left", "location.search === '?left=%40' && document.querySelector('.choose:first-child .taken')");
    let dropped = "const data = new DataTransfer();
        const bytes = Uint8Array.from(arguments[0]);
        data.items.add(new File([bytes], arguments[1]));
        document.querySelector('.text-zone').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }))";
    page.run(dropped, &[json!(b"PK\x03\x04\0\0"), json!("附件.docx")]);
    page.wait("a refusal", "document.querySelector('.text-zone .failure')");
    let refusal = page.text(".text-zone .failure");
    assert!(refusal.contains("这个文件读不出来") && refusal.contains("文件可能损坏"), "{refusal}");
    assert!(!refusal.contains("archive"), "what to do, in the language of the page alone: {refusal}");
    let two = b"{\"document_id\":\"a\",\"text\":\"x\"}\n{\"document_id\":\"b\",\"text\":\"y\"}\n";
    page.run(dropped, &[json!(two.as_slice()), json!("两份.jsonl")]);
    page.wait("another", "document.querySelector('.text-zone .failure')?.textContent.includes('一次只能读一份')");
    page.run(dropped, &[json!(NEW.as_bytes()), json!("新条例.txt")]);
    compared(&page);
    assert_eq!(page.address(), "/compare?left=@&right=@");
    assert!(page.text(".choose:last-of-type").contains("新条例.txt"));
    assert!(page.texts(".column:first-child .clause")[4].contains("<img src=x onerror="));
    assert_eq!(page.run("return window.hacked ?? null", &[]), json!(null));
    page.run(
        "window.saved = []; HTMLAnchorElement.prototype.click = function () { window.saved.push(this.download) }",
        &[],
    );
    page.click_text(".exports button", "Word");
    page.wait("the file", "window.saved.length === 1");
    // A reload has the texts still; another window has not, and says so.
    page.go("/compare?left=@&right=@");
    compared(&page);
    page.run("sessionStorage.clear()", &[]);
    page.go("/compare?left=@&right=@");
    page.wait("what is missing", "document.querySelector('.choose .warn')?.textContent.includes('请重新粘贴')");
    page.quiet_but_for("/v1/texts");
}

#[test]
fn on_a_narrow_window_clauses_that_answer_each_other_stand_below_each_other() {
    let Some(page) = Page::open(&SAMPLES, BOTH) else { return };
    compared(&page);
    page.click_text(".choices button", "逐条对照");
    let rows = answer()["rows"].as_array().unwrap().len();
    page.wait("rows", &format!("document.querySelectorAll('.rows li').length === {rows}"));
    assert!(page.address().ends_with("&view=rows"), "{}", page.address());
    page.accessible();
    page.go(BOTH);
    compared(&page);
    page.size(390, 844);
    page.wait("rows", &format!("document.querySelectorAll('.rows li').length === {rows}"));
    page.fits();
    page.click_text(".walk button", "下一处变化");
    page.wait("the first", "document.querySelector('.rows .current')");
    page.accessible();
}

#[test]
fn a_document_that_is_not_there_is_told() {
    let Some(page) = Page::open(&SAMPLES, "/compare?left=nothing&right=taian-2018") else { return };
    page.wait("the failure", "document.querySelector('.outcome .failure')");
    assert!(page.text(".outcome .failure").contains("没有找到"), "{}", page.text(".outcome .failure"));
    page.click_text(".choose:first-child .taken > button", "换一份");
    page.wait("a choice", "document.querySelector('.choose:first-child .picker')");
    assert_eq!(page.address(), "/compare?right=taian-2018");
}
