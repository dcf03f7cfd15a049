//! What holds for the whole page.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use regex::Regex;
use serde_json::json;

use crate::browser::Page;
use crate::client;
use crate::fixture::{SAMPLES, Server};

const UI: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/http/ui");

fn files(ending: &str) -> Vec<(PathBuf, String)> {
    fn all(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { all(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    all(Path::new(UI), &mut found);
    found.sort();
    found.retain(|path| path.extension().is_some_and(|e| e == ending));
    found.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

/// The words that the scripts define, by language.
fn words() -> BTreeMap<&'static str, BTreeSet<String>> {
    let key = Regex::new(r"(?m)^    '([a-zA-Z0-9_.]+)':").unwrap();
    let mut words: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (_, text) in files("js") {
        // What stands before `define(` is no word.
        for part in text.split("define({").skip(1) {
            let (zh, en) = part.split_once("\n  en: {").expect("words in both languages");
            let en = en.split("\n  },").next().unwrap();
            for (language, part) in [("zh", zh), ("en", en)] {
                words.entry(language).or_default().extend(key.captures_iter(part).map(|c| c[1].to_owned()));
            }
        }
    }
    words
}

#[test]
fn every_word_of_the_page_is_there_in_both_languages_and_none_is_missing() {
    let words = words();
    let (zh, en) = (&words["zh"], &words["en"]);
    assert!(zh.len() > 100, "{zh:?}");
    let one_sided: Vec<_> = zh.symmetric_difference(en).collect();
    assert!(one_sided.is_empty(), "in one language only: {one_sided:?}");
    let whole = Regex::new(r"\bt\(\s*'([^']+)'").unwrap();
    let begun = Regex::new(r"\bt\(\s*`([^`$]+)\$").unwrap();
    for (path, text) in files("js") {
        for key in whole.captures_iter(&text) {
            assert!(zh.contains(&key[1]), "{}: no words for {}", path.display(), &key[1]);
        }
        for key in begun.captures_iter(&text) {
            assert!(zh.iter().any(|word| word.starts_with(&key[1])), "{}: no words for {}…", path.display(), &key[1]);
        }
    }
    // Written out, begun with a name that is put together, or named by its group.
    let all: String = files("js").into_iter().map(|(_, text)| text).collect();
    let group = Regex::new(r"named\('([^']+)'").unwrap();
    let parts = Regex::new(r"`([a-zA-Z0-9_.]+\.)\$").unwrap();
    let mut begun: Vec<String> = parts.captures_iter(&all).map(|c| c[1].to_owned()).collect();
    begun.extend(group.captures_iter(&all).map(|c| format!("{}.", &c[1])));
    let unused: Vec<&String> = zh
        .iter()
        .filter(|word| all.matches(&format!("'{word}'")).count() <= 2 && !begun.iter().any(|b| word.starts_with(b)))
        .collect();
    assert!(unused.is_empty(), "nobody says {unused:?}");
}

#[test]
fn no_file_of_the_page_makes_markup_of_text_or_reaches_outside() {
    for (path, text) in files("js").into_iter().chain(files("html")).chain(files("css")) {
        for forbidden in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "style=\"",
            "onclick=\"",
            "https://",
        ] {
            assert!(!text.contains(forbidden), "{}: {forbidden}", path.display());
        }
        for address in text.split("http://").skip(1) {
            assert!(address.starts_with("www.w3.org/"), "{}: http://{}", path.display(), &address[..40]);
        }
    }
}

#[test]
fn the_files_of_the_page_carry_a_strict_policy_and_are_sent_once() {
    for path in ["/", "/check", "/document?id=x", "/ui/main.js", "/ui/style/base.css"] {
        let answer = SAMPLES.get(path);
        assert_eq!(answer.status, 200, "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        let tag = answer.header("etag").unwrap();
        let mut agent = ureq::get(SAMPLES.url(path)).config().http_status_as_error(false).build();
        agent = agent.header("if-none-match", tag);
        assert_eq!(agent.call().unwrap().status(), 304, "{path}");
    }
    let missing = client::get(&SAMPLES.url("/ui/../Cargo.toml"));
    assert_eq!(missing.status, 404);
    SAMPLES.get("/ui/nothing.js").problem(404, "no_such_route");
}

#[test]
fn the_first_load_is_small() {
    let Some(page) = Page::open(&SAMPLES, "/") else { return };
    page.wait("the start", "document.querySelector('.examples a')");
    let loaded = page.run(
        "return performance.getEntries().filter((e) => e.decodedBodySize).reduce((sum, e) => sum + e.decodedBodySize, 0)",
        &[],
    );
    let bytes = loaded.as_f64().unwrap();
    assert!((20e3..300e3).contains(&bytes), "{bytes}");
    println!("first load: {:.0} KB, uncompressed", bytes / 1e3);
}

#[test]
fn every_view_opens_in_both_languages_and_themes_without_a_finding() {
    let Some(page) = Page::open(&SAMPLES, "/") else { return };
    let views = [
        ("/", "search"),
        ("/?q=推行消费争议先行赔付", "hits"),
        ("/check", "check"),
        ("/regions", "regions"),
        ("/compare", "compare"),
        ("/duplicates", "duplicates"),
        ("/library", "library"),
        ("/document?id=xianning-2016&clause=12", "document"),
        ("/document?id=nothing", "missing"),
    ];
    for (address, name) in views {
        page.go(address);
        page.wait("an end of loading", "!document.querySelector('[aria-busy]')");
        for language in ["zh", "en"] {
            for theme in ["light", "dark"] {
                page.wait("an end of loading", "!document.querySelector('[aria-busy]')");
                page.picture(&format!("{name}-{language}-{theme}"));
                page.accessible();
                assert_eq!(page.count("h1"), if name == "missing" { page.count("h1") } else { 1 }, "{address}");
                page.other_theme();
            }
            page.other_language();
        }
        page.size(390, 844);
        page.fits();
        page.picture(&format!("{name}-phone"));
        page.size(1280, 900);
    }
}

#[test]
fn the_language_and_the_theme_stay() {
    let Some(page) = Page::open(&SAMPLES, "/?q=质量奖") else { return };
    assert_eq!(page.text("nav a[aria-current]"), "检索");
    page.other_language();
    assert_eq!(page.text("nav a[aria-current]"), "Search");
    let before = page.run("return getComputedStyle(document.documentElement).backgroundColor", &[]);
    page.other_theme();
    page.go("/library");
    assert_eq!(page.text("nav a[aria-current]"), "Library");
    assert_ne!(page.run("return getComputedStyle(document.documentElement).backgroundColor", &[]), before);
    page.quiet();
}

#[test]
fn hostile_text_shows_as_text() {
    let server = Server::start();
    let title = format!("<script>window.hacked=1</script>\u{202e}{}😀", "很长的标题".repeat(2000));
    let text = "第一条 <img src=x onerror=\"window.hacked=1\">商店应当<b>先行赔付</b>\u{202e}消费者😀。\n第二条 </script><script>window.hacked=1</script>本条例自2024年1月1日起施行。";
    let body = json!({"document_id": "<i>x</i>\"'&", "text": text, "metadata": {"title": title}});
    server.post("/v1/documents", &body).expect(201);
    let Some(page) = Page::open(&server, "/?q=先行赔付消费者&least=all") else { return };
    page.wait("the hit", "document.querySelector('.hit')");
    assert!(page.text(".hit .text").contains("<img src=x onerror="));
    page.fits();
    for view in ["/library", "/document?id=%3Ci%3Ex%3C%2Fi%3E%22%27%26&clause=0", "/duplicates"] {
        page.go(view);
        page.wait("an end of loading", "!document.querySelector('[aria-busy]')");
        page.fits();
    }
    assert_eq!(page.run("return window.hacked ?? null", &[]), json!(null));
    page.go("/document?id=%3Ci%3Ex%3C%2Fi%3E%22%27%26");
    page.wait("the text", "document.body.textContent.includes('<b>先行赔付</b>')");
    page.quiet();
}

#[test]
fn an_unknown_address_and_a_service_that_is_gone_are_told() {
    let mut server = Server::start();
    let Some(page) = Page::open(&server, "/") else { return };
    page.wait("the empty library", "document.querySelector('.empty')");
    assert!(page.text(".empty").contains("空"), "{}", page.text(".empty"));
    server.stop();
    server.wait().unwrap();
    page.type_into("textarea", "质量奖\u{e007}");
    page.wait("the failure", "document.querySelector('.failure')");
    assert!(page.text(".failure").contains("连不上服务"), "{}", page.text(".failure"));
}
