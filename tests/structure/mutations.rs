//! Real texts damaged at random: characters and lines deleted, doubled, swapped, markers and brackets put in, the text
//! cut in the middle. Whatever comes of it is read without a panic, every character accounted for, in linear time.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clausewise::document::{decode, parse};

use crate::promises::check;

/// A small generator of random numbers (xorshift64*), so that a run can be repeated from its seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

/// What is put into texts.
const PIECES: &[&str] = &[
    "第一条",
    "第三条　",
    "第十條之一　",
    "第二章　",
    "第一章总则第一条",
    "第一节 ",
    "第一编",
    "一、",
    "二、",
    "（一）",
    "(二)",
    "㈢",
    "1.",
    "2．",
    "3、",
    "（1）",
    "⑴",
    "①",
    "1.1　",
    "2.1.1 职责",
    "——",
    "●",
    "专栏1 ",
    "附件：",
    "附件1\n",
    "附表2",
    "附：1.甲2.乙",
    "目录\n",
    "总则\n",
    "附则\n",
    "问：",
    "答：",
    "名词解释\n",
    "各位代表！",
    "“",
    "”",
    "‘",
    "’",
    "（",
    "）",
    "(",
    ")",
    "《",
    "》",
    "【",
    "】",
    "「",
    "」",
    "\n",
    "\n\n",
    "\r\n",
    "　　",
    "\t",
    " ",
    "。",
    "；",
    "：",
    "，",
    "、",
    "？",
    "！",
    "…",
    ".",
    "修改为：“第五条　",
    "增加一条，作为第六条：\n“",
    "根据本决定作相应修改，重新公布。\n甲市养犬条例\n",
    "关于印发《甲办法》的通知\n",
    "甲市人民政府\n2024年1月1日\n",
    "2024年1月1日",
    "（2024年1月1日通过）\n",
    "甲政发〔2024〕1号",
    "（责任单位：市财政局）",
    "（市公安局等部门负责）",
    "来源：甲报",
    "字号：大 中 小",
    "- 3 -\n",
    "应当遵守下列规定：",
    "依照第三条第（二）项",
    "\u{feff}",
    "\u{200b}",
    "\u{e5f9}",
    "\u{0}",
    "𠮷",
    "e\u{301}",
    "🈚",
    "98.5%",
    "3.15国际",
    "8.6个",
    "Copyright ©",
];

/// Damages a text: one to eight edits.
fn mutate(text: &mut Vec<char>, random: &mut Random) {
    for _ in 0..1 + random.below(8) {
        let at = random.below(text.len() + 1);
        let end = (at + 1 + random.below(60)).min(text.len());
        match random.below(9) {
            0 => drop(text.drain(at..end)),
            1 => {
                let copy: Vec<char> = text[at..end].to_vec();
                let to = random.below(text.len() + 1);
                drop(text.splice(to..to, copy));
            }
            2 => {
                let to = random.below(text.len().max(1));
                if at < text.len() {
                    text.swap(at, to);
                }
            }
            3 => {
                let lines: Vec<usize> = (at..text.len()).filter(|i| text[*i] == '\n').take(3).collect();
                if let [first, second, third] = lines[..] {
                    text[first + 1..third + 1].rotate_left(second - first);
                }
            }
            4 => text.truncate(at.max(1)),
            5 => drop(text.drain(..at.min(text.len() / 2))),
            6 => {
                let line = |c: &char| !matches!(c, '\n' | '\r' | ' ' | '\u{3000}');
                let kept: Vec<char> = text[at..end].iter().copied().filter(line).collect();
                drop(text.splice(at..end, kept));
            }
            _ => drop(text.splice(at..at, PIECES[random.below(PIECES.len())].chars())),
        }
    }
}

/// The characters of every text file below a folder.
fn texts(folder: &Path) -> Vec<Vec<char>> {
    let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok);
    let read = files.filter(|e| e.file_type().is_file()).filter_map(|e| decode(&std::fs::read(e.path()).ok()?).ok());
    read.map(|t| t.chars().collect()).collect()
}

/// What a run took.
#[derive(Default)]
struct Run {
    mutations: usize,
    characters: usize,
    slowest: Duration,
    /// The most nanoseconds a character in texts of 2,000 and more.
    slowest_character: u128,
}

/// Parses `count` damaged stretches of the texts; one in a hundred is of a whole text. A failure names its seed.
fn run(texts: &[Vec<char>], count: usize, seed: u64) -> Run {
    let mut run = Run::default();
    for k in 0..count {
        let seed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (k as u64 + 1).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mut random = Random(seed | 1);
        let whole = &texts[random.below(texts.len())];
        let (from, length) = match random.below(100) {
            0 => (0, whole.len()),
            _ => (random.below(whole.len()), 50 + random.below(1_500)),
        };
        let mut text = whole[from..(from + length).min(whole.len())].to_vec();
        mutate(&mut text, &mut random);
        let text: String = text.into_iter().collect();
        let outcome = std::panic::catch_unwind(|| {
            let start = Instant::now();
            let d = parse(&text);
            let took = start.elapsed();
            check(&d);
            took
        });
        let Ok(took) = outcome else { panic!("mutation {k}, seed {seed:#x}:\n{text}") };
        let characters = text.chars().count();
        run.mutations += 1;
        run.characters += characters;
        run.slowest = run.slowest.max(took);
        if characters >= 2_000 {
            run.slowest_character = run.slowest_character.max(took.as_nanos() / characters as u128);
        }
    }
    run
}

#[test]
fn a_few_thousand_damaged_texts_are_read_without_losing_a_character() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = texts(&root.join("corpus"));
    all.extend(texts(&root.join("tests/labelled/texts")));
    let run = run(&all, 3_000, 1);
    assert_eq!(run.mutations, 3_000);
}

/// `CLAUSEWISE_CORPORA=… CLAUSEWISE_MUTATIONS=1000000 cargo test --release --test structure mutations -- --ignored
/// --nocapture`; `CLAUSEWISE_SEED` for other ones.
#[test]
#[ignore = "takes minutes; reads the folder named by CLAUSEWISE_CORPORA"]
fn any_number_of_damaged_texts_is_read_without_losing_a_character() {
    let number = |name: &str, or: u64| std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(or);
    let folder = PathBuf::from(std::env::var("CLAUSEWISE_CORPORA").expect("CLAUSEWISE_CORPORA"));
    let texts = texts(&folder);
    let start = Instant::now();
    let count = number("CLAUSEWISE_MUTATIONS", 100_000) as usize;
    let seed = number("CLAUSEWISE_SEED", 2);
    let mut total = Run::default();
    for part in 0..10 {
        let run = run(&texts, count / 10, seed * 10 + part);
        total.mutations += run.mutations;
        total.characters += run.characters;
        total.slowest = total.slowest.max(run.slowest);
        total.slowest_character = total.slowest_character.max(run.slowest_character);
        println!(
            "{} files, {} mutations, {} characters in {:?}; slowest {:?}, at most {} ns a character in long texts",
            texts.len(),
            total.mutations,
            total.characters,
            start.elapsed(),
            total.slowest,
            total.slowest_character
        );
    }
}
