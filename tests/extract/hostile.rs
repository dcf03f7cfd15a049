//! Files that are wrong or mean harm: refused or read, in bounded time and memory, never a panic.

use std::ops::ControlFlow;

use clausewise::document::extract::documents_of_bytes;
use proptest::prelude::*;

use crate::{all, one, refusal};

const NAMES: [&str; 9] = ["a.txt", "a.md", "a.html", "a.jsonl", "a.csv", "a.zip", "a.docx", "a.pdf", "a"];

#[test]
fn a_hundred_thousand_nested_elements_are_read_without_following_them_all() {
    for (open, close) in [("<div>", "</div>"), ("<b>", ""), ("<table><tr><td>", ""), ("<ol><li>", "")] {
        let (open, close) = (open.repeat(100_000), close.repeat(100_000));
        let page = format!("<html><body>{open}第一条　养犬人应当办理登记。{close}</body></html>");
        let read = one(page.as_bytes(), "a.html");
        assert!(read.text.contains("养犬人应当办理登记。"), "{}", read.text);
        assert!(read.warnings.iter().any(|w| w.contains("nested too deeply")), "{:?}", read.warnings);
    }
}

#[test]
fn huge_attributes_and_many_elements_do_no_harm() {
    let page = format!(
        "<html><body><div style=\"{}\" class=\"{}\"><p>应当登记。</p></div>",
        "x".repeat(4 << 20),
        "nav ".repeat(1 << 20)
    );
    assert_eq!(one(page.as_bytes(), "a.html").text, "应当登记。\n");
    let page = format!("<html><body>{}<p>应当登记。</p>", "<br><i></i>".repeat(300_000));
    assert_eq!(one(page.as_bytes(), "a.html").text, "应当登记。\n");
    // Every paragraph opens all the elements again that were left open before.
    let open: String = (0..2000).map(|n| format!("<p><b id={n}>应当登记。")).collect();
    assert!(one(format!("<html><body>{open}").as_bytes(), "a.html").text.contains("应当登记。"));
}

#[test]
fn files_of_no_or_one_byte_are_refused_under_every_name() {
    for name in NAMES {
        assert!(refusal(b"", name).contains("expected"), "{name}");
        for byte in [0, b'\n', b'<', b'{', b'"', 0x80, 0xff] {
            let found = all(&[byte], name);
            assert!(found.iter().all(|f| f.document.is_err() || !byte.is_ascii_whitespace()), "{name} {byte}");
        }
    }
}

#[test]
fn formats_that_are_not_read_are_named_with_what_to_do() {
    let ole = |stream: &str| {
        let name: Vec<u8> = stream.encode_utf16().flat_map(u16::to_le_bytes).collect();
        [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice(), &[0; 600], &name].concat()
    };
    for (bytes, name, told) in [
        (ole("WordDocument"), "通知.doc", "save as .docx in Word or WPS"),
        (ole("WordDocument"), "通知.wps", ".doc or .wps file"),
        (ole("EncryptedPackage"), "通知.docx", "without a password"),
        (ole("Workbook"), "表.xls", "save as CSV"),
        (b"{\\rtf1\\ansi".to_vec(), "通知.doc", "RTF"),
        (b"\x89PNG\r\n\x1a\n".to_vec(), "扫描.txt", "PNG picture"),
        (b"Rar!\x1a\x07\0".to_vec(), "全部.rar", "unpacked files"),
        (b"7z\xbc\xaf\x27\x1c".to_vec(), "全部.zip", "7z"),
        (b"[{\"document_id\": \"a\"}]".to_vec(), "a.json", "one JSON object a line"),
        (b"<?xml version=\"1.0\"?><w:wordDocument/>".to_vec(), "a.doc", "save as .docx"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x".to_vec(), "a.mht", "saved as HTML alone"),
        ("纯文本。".as_bytes().to_vec(), "a.docx", "the content of a .docx file"),
    ] {
        let refused = refusal(&bytes, name);
        assert!(refused.contains(told), "{name}: {refused}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), name in 0..NAMES.len(), kind in 0..5_usize) {
        let start: &[u8] = [b"".as_slice(), b"PK\x03\x04", b"<html>", b"document_id,text\n", b"\xff\xfe"][kind];
        let _ = documents_of_bytes(&[start, &bytes].concat(), NAMES[name], &mut |_| ControlFlow::Continue(()));
    }

    #[test]
    fn random_markup_never_panics(parts in prop::collection::vec(
        prop::sample::select(vec![
            "<div>", "</div>", "<table>", "<tr>", "<td>", "</table>", "<p>", "</p>", "<ol>", "<li value=3>", "<b>", "</b>", "<a>", "</a>",
            "<br>", "<script>", "</script>", "<select>", "<template>", "<svg>", "<math>", "<body class=x>", "<frameset>", "</html>",
            "<!--", "-->", "<form>", "&nbsp;", "&#x10ffff;", "应当", "。", " ", "\n", "第一条", "<div id=zoom>", "文号：", "<style>",
        ]), 0..60,
    )) {
        let page = format!("<html>{}", parts.concat());
        let _ = documents_of_bytes(page.as_bytes(), "a.html", &mut |_| ControlFlow::Continue(()));
        let _ = documents_of_bytes(parts.concat().as_bytes(), "a.md", &mut |_| ControlFlow::Continue(()));
    }
}
