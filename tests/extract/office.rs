//! Word and PDF files.

use std::collections::HashMap;
use std::io::{Cursor, Write};

use clausewise::document::parse;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::{all, one, refusal};

fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/office/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn text(name: &str) -> String {
    one(&fixture(name), name).text
}

fn clauses(text: &str) -> Vec<String> {
    parse(text).clauses.into_iter().map(|c| c.text).collect()
}

/// A Word file with this body and nothing else.
fn word(body: &str) -> Vec<u8> {
    let document = format!(
        r#"<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>"#
    );
    archive(&[("[Content_Types].xml", "<Types/>"), ("word/document.xml", &document)])
}

fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const NUMBERED: &str = "甲市养犬管理条例
第一章 总则
第一条 为了规范养犬行为，维护公共秩序，制定本条例。
第二条 本市行政区域内的养犬管理适用本条例。
第二章 养犬登记
第三条 养犬人应当遵守下列规定：
（一）携犬出户时束犬链；
（二）及时清除犬只排泄物。
第四条 养犬人有下列行为之一的，由公安机关处二百元罚款：
（一）未按照规定登记的；
（二）携犬进入公园的。
附件1
实施方案
一、总体要求
（一）指导思想。坚持以质取胜。
（二）工作目标。到2025年，抽检合格率达到98%。
二、重点任务
（一）提高产品质量。
1.推进品牌建设，培育名牌产品50个。
2.加强标准化工作。
①制定地方标准。
②开展企业标准自我声明公开。
附件2
一、重新开始的部分
（一）新的第一项。
没有编号的一段。
1小节
1.1 小节之一。
1.2 小节之二。
";

#[test]
fn numbers_that_word_generates_are_text() {
    assert_eq!(text("numbered.docx"), NUMBERED);
    assert_eq!(text("numbered-strict.docx"), NUMBERED);
    let saved_again = NUMBERED.replace("第三条", "第一条").replace("第四条", "第二条");
    assert_eq!(text("numbered-libreoffice.docx"), saved_again);
}

#[test]
fn a_word_file_says_what_its_page_shows() {
    let document = one(&fixture("features.docx"), "features.docx");
    assert_eq!(
        document.text,
        "关于进一步加强质量工作的意见
一、总体工作要求
到2025年，产品质量监督抽查合格率达到95%以上。
注1：以省级监督抽查结果为准。
　　市市场监管局负责日常监管，每年开展抽查。
详见市政府网站公布的目录。
被删除的段落标记之前，与之后合为一段。
软连字符与-不间断连字符。
质量第一。
内容控件中的文字。
√合格。
图示如下。
专栏1　质量提升工程。建设检测中心3个。
领域\t指标名称\t目标值
产品\t抽查合格率\t95%
\t名牌产品\t50个
合计\t2项
专栏2　标准提升工程
制定地方标准20项。
二、保障措施
各部门应当加强协作。
"
    );
    assert_eq!(
        document.warnings,
        ["6 tracked changes were taken as accepted", "12 characters of hidden text were left out"]
    );
    assert_eq!(document.stated.title, None);
}

#[test]
fn files_of_other_programs_give_the_clauses_of_the_plain_text() {
    let plain = String::from_utf8(fixture("statute.txt")).unwrap();
    let expected = clauses(plain.trim_start_matches('\u{feff}'));
    assert_eq!(expected.len(), 28);
    assert_eq!(clauses(&text("statute-libreoffice.docx")), expected);
    assert_eq!(clauses(&text("statute-libreoffice.pdf")), expected);
}

#[test]
fn two_columns_are_read_one_after_the_other_without_head_and_foot() {
    let text = text("columns-chromium.pdf");
    let (columns, whole) = text.split_once("重复一次\n").unwrap();
    assert!(!text.contains("file:") && !text.contains("11/22/26") && !text.contains('/'), "{text}");
    let columns = clauses(columns);
    assert_eq!(columns.len(), 7, "{columns:?}");
    assert_eq!(columns[..3], clauses(whole)[..3]);
    assert!(whole.ends_with("领域\t指标名称\t目标值\n产品\t抽查合格率\t95%\n"), "{whole}");
    // The font draws 民 and ⺠ with one glyph, and the file names the radical.
    assert!(columns[1].starts_with("中华人民共和国坚持"), "{columns:?}");
}

#[test]
fn chinese_fonts_without_a_unicode_map_are_read() {
    let first = "第一条　为了加强安全生产监督管理，防止和减少生产安全事故，保障人民群众生命和财产安全，促进经济发展和社会和谐，\
                 根据《中华人民共和国安全生产法》、《浙江省安全生产条例》等有关法律、法规，结合本市实际，制定本条例。";
    for name in ["unigb.pdf", "gbk.pdf", "empty-password.pdf"] {
        let text = text(name);
        assert!(text.lines().any(|l| l == first), "{name}: {text}");
        assert!(!text.contains('\u{fffd}'), "{name}: {text}");
        assert!(!text.contains("- 1 -"), "{name}: {text}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_what_to_do() {
    assert!(refusal(&fixture("locked.pdf"), "a.pdf").contains("locked with a password"));
    let scan = refusal(&fixture("scan.pdf"), "a.pdf");
    assert!(scan.contains("3 pages of pictures without text") && scan.contains("OCR"), "{scan}");
    assert!(refusal(b"%PDF-1.7\nnothing", "a.pdf").contains("a damaged PDF file"));
    assert!(refusal(&word("<w:p/>"), "a.docx").contains("without text"));
    let broken = archive(&[("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<w:document><w:p>")]);
    assert!(refusal(&broken, "a.docx").contains("word/document.xml is not whole XML"));
    let empty = archive(&[("[Content_Types].xml", "<Types/>"), ("word/styles.xml", "<a/>")]);
    assert!(refusal(&empty, "a.docx").contains("without a Word document"));
}

#[test]
fn nesting_without_end_and_parts_without_end_are_refused() {
    let deep = format!("{}<w:p><w:r><w:t>x</w:t></w:r></w:p>{}", "<w:ins>".repeat(500), "</w:ins>".repeat(500));
    assert!(refusal(&word(&deep), "a.docx").contains("nested more than"));
    let cells = "<w:tbl><w:tr><w:tc>".repeat(400);
    let back = "</w:tc></w:tr></w:tbl>".repeat(400);
    assert!(refusal(&word(&format!("{cells}{back}")), "a.docx").contains("nested more than"));
    let bomb = word(&" ".repeat(97 << 20));
    assert!(bomb.len() < 1 << 20);
    assert!(refusal(&bomb, "a.docx").contains("unpacks to more than 96 MB"));
}

#[test]
fn tracked_moves_and_white_space_are_read_as_word_shows_them() {
    let body = r#"<w:p><w:r><w:t> 甲 </w:t></w:r><w:r><w:t xml:space="preserve"> 乙 </w:t></w:r></w:p>
        <w:p><w:moveFrom><w:r><w:t>移出</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>移入</w:t></w:r></w:moveTo></w:p>
        <w:p><w:r><w:t>丙</w:t><w:br/><w:t>丁</w:t><w:tab/><w:t>戊</w:t></w:r></w:p>"#;
    assert_eq!(one(&word(body), "a.docx").text, "甲 乙 \n移入\n丙\n丁\t戊\n");
}

/// Files with some bytes changed, cut or doubled, from a fixed seed.
fn mutations(bytes: &[u8], count: usize) -> impl Iterator<Item = Vec<u8>> + '_ {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below.max(1) as u64) as usize
    };
    (0..count).map(move |_| {
        let mut changed = bytes.to_vec();
        for _ in 0..1 + random(8) {
            let at = random(changed.len());
            match random(4) {
                0 => changed[at] = random(256) as u8,
                1 => changed[at] ^= 1 << random(8),
                2 => changed.truncate(at.max(64)),
                _ => {
                    let end = (at + random(64)).min(changed.len());
                    let piece = changed[at..end].to_vec();
                    let to = random(changed.len());
                    changed.splice(to..to, piece);
                }
            }
        }
        changed
    })
}

#[test]
fn damaged_files_are_read_or_refused_and_nothing_panics() {
    let mut outcomes: HashMap<bool, usize> = HashMap::new();
    // Compressed parts hide what a mutation does: the parts of this one are stored as they are.
    let plain = word(&"<w:p><w:r><w:t>第一条　甲。</w:t></w:r></w:p><w:tbl><w:tr><w:tc/></w:tr></w:tbl>".repeat(5));
    for (name, bytes) in [
        ("a.docx", fixture("numbered.docx")),
        ("b.docx", fixture("features.docx")),
        ("c.docx", plain),
        ("a.pdf", fixture("gbk.pdf")),
        ("b.pdf", fixture("unigb.pdf")),
        ("c.pdf", fixture("scan.pdf")),
        ("d.pdf", fixture("empty-password.pdf")),
    ] {
        for changed in mutations(&bytes, 60) {
            for found in all(&changed, name) {
                *outcomes.entry(found.document.is_ok()).or_default() += 1;
            }
        }
    }
    // Both must happen, or the mutations are too weak or too strong to say anything.
    assert!(outcomes.values().all(|n| *n > 20) && outcomes.len() == 2, "{outcomes:?}");
}
