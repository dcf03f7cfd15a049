//! A measure across regions on the page.

use serde_json::json;

use crate::browser::Page;
use crate::fixture::SAMPLES;

const OFFICER: &str = "建立首席质量官制度";
const PAYMENT: &str = "推行消费争议先行赔付";
const REWARD: &str = "对首次获得中国质量奖的企业给予奖励";
const RATE: &str = "到2025年制造业产品质量合格率达到94%以上";

/// Waits until an outcome is there.
fn answered(page: &Page, css: &str) {
    page.wait("the outcome", &format!("!document.querySelector('[aria-busy]') && document.querySelector({css:?})"));
}

#[test]
fn regions_stand_by_the_earliest_date_and_the_address_can_be_shared() {
    let Some(page) = Page::open(&SAMPLES, "/regions") else { return };
    answered(&page, ".examples a");
    page.type_into("form.ask textarea", &format!("{OFFICER}\u{e007}"));
    answered(&page, "table.regions tbody tr");
    assert_eq!(page.address(), format!("/regions?q={OFFICER}"));
    assert_eq!(page.texts("table.regions .name"), ["湖北", "山东", "山西", "内蒙古"]);
    let rows = page.texts("table.regions tbody tr");
    for part in
        ["2016-02-16 成文", "本库最早", "首席质量官", "市人民政府关于实施质量强市战略的决定", "同类", "1 篇中 1 篇有"]
    {
        assert!(rows[0].contains(part), "{part}: {}", rows[0]);
    }
    assert!(rows[1].contains("市质监局") && rows[1].contains("2 篇中 1 篇有"), "{}", rows[1]);
    assert!(rows[3].contains("未注明日期"), "{}", rows[3]);
    assert_eq!(page.count("table.regions .badge"), 1);
    assert!(page.text(".summary").contains("4 个地区有同类措施，0 个没有找到"), "{}", page.text(".summary"));
    page.click_text(".choices button", "城市");
    page.wait("cities", "document.querySelector('table.regions .name')?.textContent === '湖北 咸宁市'");
    assert_eq!(page.address(), format!("/regions?q={OFFICER}&by=city"));
    let shared = page.address();
    page.go("/library");
    page.go(&shared);
    answered(&page, "table.regions tbody tr");
    assert_eq!(page.texts("table.regions .name")[0], "湖北 咸宁市");
    page.accessible();
    page.quiet();
}

#[test]
fn figures_of_the_regions_stand_under_each_other_and_all_of_them_can_be_shown() {
    let Some(page) = Page::open(&SAMPLES, &format!("/regions?q={RATE}")) else { return };
    answered(&page, "table.regions tbody tr");
    let few = page.texts("table.regions thead th.figure");
    assert!(few.len() <= 4 && few.contains(&"合格率（%）".to_owned()), "{few:?}");
    let asked = page.texts("table.regions tbody tr.asked-row td.figure");
    assert!(asked.contains(&"94%以上".to_owned()), "{asked:?}");
    let first = page.texts("table.regions tbody tr:nth-child(2) td.figure");
    assert!(first.contains(&"95%以上".to_owned()), "{first:?}");
    page.click(".panel > div > button");
    let all = page.texts("table.regions thead th.figure");
    assert!(all.len() > few.len(), "{all:?}");
    page.size(390, 844);
    page.fits();
    page.accessible();
}

#[test]
fn a_timeline_and_a_map_show_the_same_answer_without_asking_again() {
    let Some(page) = Page::open(&SAMPLES, &format!("/regions?q={PAYMENT}&least=80")) else { return };
    answered(&page, "table.regions tbody tr");
    page.click_text("[role=tab]", "时间线");
    assert_eq!(page.texts(".lines .name"), ["山西", "山东", "内蒙古"]);
    assert_eq!(page.count(".lines .line .mark"), 2);
    // From line to line by keys; the chosen one shows its clause.
    page.run("document.querySelector('.lines button').focus()", &[]);
    page.press("\u{e015}");
    page.press("\u{e007}");
    page.wait("the clause", "document.querySelector('.panel:not([hidden]) .detail')?.textContent.includes('先行赔付')");
    assert!(page.text(".panel:not([hidden]) .detail").contains("枣政字〔2024〕17号"));
    assert_eq!(page.address(), format!("/regions?q={PAYMENT}&least=80&tab=timeline&at=山东"));
    page.accessible();
    // Tabs by keys, too.
    page.run("document.querySelector('[role=tab][aria-selected=true]').focus()", &[]);
    page.press("\u{e014}");
    assert_eq!(page.text("[role=tab][aria-selected=true]"), "地图");
    assert_eq!(page.count(".tile[role=gridcell]"), 34);
    assert_eq!(page.count(".tile.found[role=gridcell]"), 3);
    assert_eq!(page.texts(".tile.searched[role=gridcell] .hidden"), ["湖北，1 篇文档中没有找到"]);
    assert_eq!(page.count(".tile.empty[role=gridcell]"), 30);
    assert_eq!(page.texts(".tile.undated[role=gridcell] .short"), ["蒙"]);
    assert_eq!(page.texts(".tile[aria-selected=true] .short"), ["鲁"]);
    page.accessible();
    // From 鲁 two to the left is 晋.
    page.run("document.querySelector('.tile[aria-selected=true]').focus()", &[]);
    page.press("\u{e012}");
    page.press("\u{e012}");
    page.press("\u{e007}");
    assert_eq!(page.texts(".tile[aria-selected=true] .short"), ["晋"]);
    page.wait("the clause", "document.querySelector('.panel:not([hidden]) .detail h2')?.textContent.includes('山西')");
    let asked = page.run(
        "return performance.getEntriesByType('resource').filter((e) => e.name.endsWith('/v1/equivalents')).length",
        &[],
    );
    assert_eq!(asked, json!(1));
    // A region without it tells how much was searched and what comes nearest; one without documents that nothing is known.
    page.click(".tile[data-province='湖北']");
    page.wait("the nearest", "document.querySelector('.detail .nearest .source')");
    let detail = page.text(".panel:not([hidden]) .detail");
    assert!(detail.contains("1 篇文档") && detail.contains("最接近的一条"), "{detail}");
    page.click(".tile[data-province='西藏']");
    page.wait(
        "nothing known",
        "document.querySelector('.panel:not([hidden]) .detail')?.textContent.includes('无从判断')",
    );
    page.quiet();
}

#[test]
fn the_map_can_be_coloured_by_a_figure() {
    let Some(page) = Page::open(&SAMPLES, &format!("/regions?q={RATE}&tab=map")) else { return };
    answered(&page, ".tiles");
    assert_eq!(page.texts(".tile[data-province='湖北'] .value"), ["2016"]);
    page.click_text(".map .choices button", "合格率（%）");
    page.wait("the figure", "document.querySelector(\".tile[data-province='湖北'] .value\").textContent === '95'");
    assert_eq!(page.texts(".tile[data-province='山东'] .value"), ["96.5"]);
    let legend = page.text(".legend");
    assert!(legend.contains("合格率（%）") && legend.contains("94%以上") && legend.contains("96.5%以上"), "{legend}");
    assert!(page.address().contains("&colour="), "{}", page.address());
    let shared = page.address();
    page.go("/regions");
    page.go(&shared);
    answered(&page, ".tiles");
    assert_eq!(page.texts(".tile[data-province='湖北'] .value"), ["95"]);
    page.other_language();
    answered(&page, ".tiles");
    assert!(page.text(".tile[data-province='湖北']").contains("HB"));
    page.size(390, 844);
    page.fits();
    page.accessible();
}

#[test]
fn regions_without_the_measure_are_listed_with_their_nearest_clause() {
    let Some(page) = Page::open(&SAMPLES, &format!("/regions?q={REWARD}&least=80&tab=none")) else { return };
    answered(&page, ".absent-list tbody tr");
    let rows = page.texts(".absent-list tbody tr");
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows[0].starts_with("湖北"), "the likeliest first: {rows:?}");
    page.click(".absent-list tbody tr:first-child button");
    page.wait("the clause", "document.querySelector('.nearest .source')");
    assert!(page.text(".nearest").contains("市人民政府关于实施质量强市战略的决定"));
    page.accessible();
    page.go(&format!("/regions?q={REWARD}&least=80&regions=湖北"));
    answered(&page, ".empty");
    assert!(page.text(".empty").contains("没有一个地区有同类措施"), "{}", page.text(".empty"));
    assert_eq!(page.count(".facets input:checked"), 1);
    page.quiet();
}

#[test]
fn a_stored_clause_is_looked_for_in_other_documents() {
    let Some(page) = Page::open(&SAMPLES, "/regions?clause=taian-2018:182") else { return };
    answered(&page, "table.regions tbody tr");
    assert!(page.text(".asked").contains("泰安市质量提升行动"), "{}", page.text(".asked"));
    let links = "return [...document.querySelectorAll('table.regions td a')].map((a) => a.search)";
    assert!(!page.run(links, &[]).to_string().contains("taian-2018"));
    assert!(page.count("table.regions tbody tr") >= 2);
}

#[test]
fn several_measures_make_a_table_of_measures_by_regions() {
    let Some(page) = Page::open(&SAMPLES, "/regions?mode=topic") else { return };
    page.type_into("form.topic textarea", &format!("{PAYMENT}\n{REWARD}\n\n{OFFICER}"));
    page.click("form.topic button");
    answered(&page, ".matrix button.cell");
    assert_eq!(page.address(), format!("/regions?mode=topic&outline={PAYMENT}\n{REWARD}\n{OFFICER}"));
    assert_eq!(page.texts(".matrix thead .name"), ["内蒙古", "山东", "山西", "湖北"]);
    assert_eq!(page.count(".matrix tbody tr"), 3);
    let outline = format!("{PAYMENT}\n{REWARD}\n{OFFICER}");
    let told = SAMPLES.post("/v1/equivalents/matrix", &json!({"outline": outline})).expect(200);
    let rows = told["cells"].as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap());
    let filled = rows.filter(|cell| !cell.is_null()).count() as u64;
    assert!((6..12).contains(&filled), "some cells have a clause and some have none: {told}");
    assert_eq!(page.count(".matrix button.cell"), filled);
    assert_eq!(page.count(".matrix [tabindex='0']"), 1, "one stop for the tab key");
    // 山东 has all three.
    assert!(page.texts(".matrix thead th")[2].contains("3／3"), "{:?}", page.texts(".matrix thead th"));
    page.click(".matrix tbody tr:nth-child(2) button.cell");
    page.wait("the clause", "document.querySelector('.detail .source')");
    assert!(page.address().ends_with("&at=1.山东"), "{}", page.address());
    assert!(page.text(".detail").contains("2018-11-01"), "{}", page.text(".detail"));
    page.press("\u{e015}");
    page.press("\u{e007}");
    page.wait("the cell below", "document.querySelector('.detail').textContent.includes('首席质量官')");
    assert!(page.address().ends_with("&at=2.山东"), "{}", page.address());
    page.accessible();
    page.size(390, 844);
    page.fits();
    page.quiet();
}

#[test]
fn an_outline_too_long_for_an_address_stays_with_the_window_and_another_window_says_so() {
    let Some(page) = Page::open(&SAMPLES, "/regions?mode=topic") else { return };
    let long = format!("{OFFICER}\n{}", "月球基地的氧气供应".repeat(150));
    page.run("document.querySelector('form.topic textarea').value = arguments[0]", &[json!(long)]);
    page.click("form.topic button");
    answered(&page, ".matrix");
    assert!(page.address().starts_with("/regions?mode=topic&outline=@"), "{}", page.address());
    let kept = page.address();
    page.go("/library");
    page.go(&kept);
    answered(&page, ".matrix");
    page.run("sessionStorage.clear()", &[]);
    page.go(&kept);
    page.wait("what is missing", "document.querySelector('.empty')?.textContent.includes('不在这个浏览器里')");
}

#[test]
fn an_outcome_is_written_to_a_file() {
    let Some(page) = Page::open(&SAMPLES, &format!("/regions?q={PAYMENT}")) else { return };
    answered(&page, "table.regions tbody tr");
    page.run(
        "window.saved = []; HTMLAnchorElement.prototype.click = function () { window.saved.push(this.download) }",
        &[],
    );
    page.click_text(".exports button", "Excel");
    page.wait("the file", "window.saved.length === 1");
    assert_eq!(page.run("return window.saved", &[]), json!(["各地同类措施.xlsx"]));
    page.quiet();
}
