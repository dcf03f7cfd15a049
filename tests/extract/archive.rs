//! Archives of documents.

use std::io::{Cursor, Write};

use encoding_rs::GB18030;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::{outcomes, refusal};

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in entries {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes.to_vec();
    let mut count = 0;
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + from.len()].copy_from_slice(to);
            count += 1;
        }
    }
    assert_eq!(count, 2, "in the entry and in the directory");
    bytes
}

#[test]
fn every_file_in_an_archive_is_a_document_whatever_its_folder() {
    let inner = zip(&[("丙.txt", "应当公开。".as_bytes()), ("更深.zip", &zip(&[("丁.txt", b"x")]))]);
    let archive = zip(&[
        ("市级/甲.txt", "应当登记。".as_bytes()),
        ("市级/乙.html", "<html><body><p>应当免疫。</p></body></html>".as_bytes()),
        ("__MACOSX/市级/._甲.txt", b"\0\x05"),
        (".DS_Store", b"\0"),
        ("批量.jsonl", "{\"document_id\": \"x\", \"text\": \"应当牵引。\"}\n{}\n".as_bytes()),
        ("县级.zip", &inner),
        ("图.png", b"\x89PNG"),
        ("旧.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    ]);
    let told = outcomes(&archive, "全部.zip");
    assert_eq!(told[..3], ["市级/甲.txt: 应当登记。", "市级/乙.html: 应当免疫。", "x: 应当牵引。"]);
    assert!(told[3].starts_with("批量.jsonl: line 2 refused: document_id"), "{}", told[3]);
    assert_eq!(told[4], "县级/丙.txt: 应当公开。");
    assert!(told[5].starts_with("县级.zip: 更深.zip refused") && told[5].contains("no deeper"), "{}", told[5]);
    assert!(told[6].starts_with("图.png refused") && told[6].contains("a .png file"), "{}", told[6]);
    assert!(told[7].starts_with("旧.doc refused") && told[7].contains("save as .docx"), "{}", told[7]);
    assert_eq!(told.len(), 8);
}

#[test]
fn names_in_gbk_are_read() {
    let name = GB18030.encode("养犬.txt").0.into_owned();
    let archive = replace(&zip(&[("abcd.txt", "应当登记。".as_bytes())]), b"abcd.txt", &name);
    assert_eq!(outcomes(&archive, "a.zip"), ["养犬.txt: 应当登记。"]);
}

#[test]
fn an_archive_that_unpacks_to_too_much_is_refused_at_the_bound() {
    let zeros = vec![b'a'; 30 << 20];
    let told = outcomes(&zip(&[("a.txt", "应当登记。".as_bytes()), ("b.txt", &zeros), ("c.txt", b"x")]), "a.zip");
    assert_eq!(told[0], "a.txt: 应当登记。");
    assert!(told[1].starts_with("b.txt refused") && told[1].contains("200 times its size"), "{}", told[1]);
    assert!(
        told[2].contains("1 entries were left unread") || told[2].contains("1 entry was left unread"),
        "{}",
        told[2]
    );
    assert_eq!(told.len(), 3);
}

#[test]
fn encrypted_damaged_and_empty_archives_are_refused_by_name() {
    let whole = zip(&[("a.txt", "应当登记，应当免疫，应当牵引。".as_bytes())]);
    // The first bit of the flags, behind signature and version.
    let mut encrypted = whole.clone();
    encrypted[6] |= 1;
    let directory = encrypted.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    encrypted[directory + 8] |= 1;
    let told = outcomes(&encrypted, "a.zip");
    assert!(told[0].starts_with("a.txt refused") && told[0].contains("without a password"), "{told:?}");
    assert!(refusal(&whole[..whole.len() / 2], "a.zip").contains("a whole zip archive"));
    let mut damaged = whole.clone();
    damaged[40] ^= 0xff;
    assert!(outcomes(&damaged, "a.zip")[0].starts_with("a.txt refused"), "{:?}", outcomes(&damaged, "a.zip"));
    assert!(refusal(&zip(&[]), "a.zip").contains("one without a file"));
    assert!(refusal(&zip(&[("xl/a.xml", b""), ("[Content_Types].xml", b"")]), "a.xlsx").contains("save as CSV"));
    assert!(refusal(&zip(&[("OFD.xml", b"")]), "a.ofd").contains("OFD"));
}
