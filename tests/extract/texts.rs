//! Plain text and Markdown.

use clausewise::document::{self, decode};

use crate::one;

#[test]
fn marks_of_markdown_are_dropped_and_numbers_stay() {
    let source = "---\ntitle: 甲市养犬条例\n---\n# 第一章 总则\n\n**第一条** 为了规范[养犬行为](https://example.com)，制定*本条例*。\n\n\
                  ## 二、主要措施\n\n- （一）携犬出户时束犬链；\n- （二）及时清除排泄物。\n\n3. 第三项。\n7. 第七项。\n\n> 引文。\n\n\
                  | 指标 | 2025年 |\n|---|---|\n| 合格率 | **95%** |\n\n![图](a.png)增长5~10%，达到3~5个。怀政发[2023]29号\n\n---\n末行。\n";
    let read = one(source.as_bytes(), "条例.md");
    assert_eq!(
        read.text,
        "第一章 总则\n第一条 为了规范养犬行为，制定本条例。\n二、主要措施\n（一）携犬出户时束犬链；\n（二）及时清除排泄物。\n\
         3. 第三项。\n7. 第七项。\n引文。\n指标\t2025年\n合格率\t95%\n增长5~10%，达到3~5个。怀政发[2023]29号\n末行。\n"
    );
    assert_eq!(read.stated.title.as_deref(), Some("甲市养犬条例"));
    assert_eq!(read.warnings, ["1 picture left out, with what may be written in it"]);
}

#[test]
fn plain_text_under_the_name_of_markdown_has_the_same_clauses() {
    for name in ["huairen-2023", "xianning-2016", "taian-2018", "neimenggu-2023"] {
        let bytes = std::fs::read(format!("{}/corpus/{name}.txt", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let clauses = |text: &str| document::parse(text).clauses.into_iter().map(|c| c.text).collect::<Vec<_>>();
        assert_eq!(clauses(&one(&bytes, "a.md").text), clauses(&decode(&bytes).unwrap()), "{name}");
    }
}

#[test]
fn markup_in_markdown_is_read_as_the_reader_sees_it() {
    let source = "第一行。<br>第二行。\n\n<table><tr><td>甲</td><td>乙</td></tr></table>\n\n末行。\n";
    assert_eq!(one(source.as_bytes(), "a.md").text, "第一行。\n第二行。\n甲\t乙\n末行。\n");
}
