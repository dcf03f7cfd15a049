//! Comparisons without a model: a token a character, equal characters have equal vectors.

use super::*;
use crate::embed::{Encoded, Role, Token, TokenCodec, TokenEmbeddings, Want};
use crate::error::Error;

const DIMENSIONS: usize = 64;

struct Letters(TokenCodec);

impl Letters {
    fn new() -> Letters {
        let identity = (0..DIMENSIONS * DIMENSIONS).map(|i| f32::from(u8::from(i / DIMENSIONS == i % DIMENSIONS)));
        Letters(TokenCodec::new(vec![0.0; DIMENSIONS], identity.collect()).unwrap())
    }
}

/// A direction of the character's own.
fn direction(c: char) -> Vec<f32> {
    let mut state = u64::from(c as u32).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..DIMENSIONS).map(|_| next()).collect()
}

impl Embedder for Letters {
    fn model_id(&self) -> &str {
        "letters"
    }

    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn codec(&self) -> &TokenCodec {
        &self.0
    }

    fn encode(&self, texts: &[&str], _: Role, _: Want) -> Result<Vec<Encoded>> {
        let encode = |text: &&str| {
            let letters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
            let values: Vec<f32> = letters.iter().flat_map(|c| direction(*c)).collect();
            let mut sum = vec![0.0; DIMENSIONS];
            values.chunks_exact(DIMENSIONS).for_each(|row| sum.iter_mut().zip(row).for_each(|(s, v)| *s += v));
            let tokens =
                letters.iter().enumerate().map(|(i, c)| Token { id: *c as u32 % 50_000, start: i, end: i + 1 });
            Ok(Encoded {
                embedding: crate::embed::Embedding::normalised(sum)?,
                token_count: letters.len(),
                tokens: Some(TokenEmbeddings { tokens: tokens.collect(), values, dimensions: DIMENSIONS }),
            })
        };
        texts.iter().map(encode).collect()
    }
}

fn compare(left: &str, right: &str) -> Comparison {
    let found = compare_texts(&Letters::new(), Calibration::shipped(), ("left", left), ("right", right)).unwrap();
    complete(&found);
    found
}

/// Every clause of both sides stands in exactly one row, and the counts add up.
fn complete(found: &Comparison) {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for row in &found.rows {
        match row {
            Row::OnlyLeft(i) => left.push(*i),
            Row::OnlyRight(j) => right.push(*j),
            Row::Aligned(k) => {
                left.extend(&found.alignments[*k].left);
                right.extend(&found.alignments[*k].right);
            }
        }
    }
    left.sort_unstable();
    right.sort_unstable();
    assert_eq!(left, (0..found.left.clauses.len()).collect::<Vec<_>>());
    assert_eq!(right, (0..found.right.clauses.len()).collect::<Vec<_>>());
    for side in [found.summary.left, found.summary.right] {
        assert_eq!(side.clauses, side.verbatim + side.edited + side.equivalent + side.only);
    }
}

fn articles(found: &Comparison) -> Vec<(String, String, ArticleChange)> {
    let label = |side: &Side, k: usize| side.articles[k].label.clone();
    found.articles.iter().map(|l| (label(&found.left, l.left), label(&found.right, l.right), l.change)).collect()
}

const OLD: &str = "甲市养犬管理条例\n\
    第一条　为了规范养犬行为，保障公民人身安全，制定本条例。\n\
    第二条　养犬人应当自取得犬只之日起三十日内办理养犬登记。\n\
    第三条　携犬出户应当使用长度不超过二米的牵引带。\n\
    第四条　犬只在公共场所排泄粪便的，携犬人应当立即清除。\n\
    第五条　禁止携带犬只进入学校、医院和餐饮场所。\n\
    第六条　违反本条例第三条规定的，由公安机关处五十元以上二百元以下罚款。\n";

#[test]
fn an_article_that_was_put_in_renumbers_those_behind_it_and_is_all_that_is_new() {
    let new = OLD
        .replace("第六条　违反本条例第三条", "第七条　违反本条例第四条")
        .replace("第五条　", "第六条　")
        .replace("第四条　犬", "第五条　犬")
        .replace("第三条　携", "第三条　市人民政府建立狂犬病疫苗免疫接种点并向社会公布。\n第四条　携");
    let found = compare(OLD, &new);
    assert_eq!(found.alignments.len(), 6);
    assert!(found.alignments.iter().all(|a| !a.moved && a.left.len() == 1 && a.right.len() == 1));
    assert_eq!((found.summary.left.only, found.summary.right.only), (0, 1));
    assert_eq!(found.rows[2], Row::OnlyRight(2));
    let shown = articles(&found);
    assert_eq!(shown[1], ("第二条".to_owned(), "第二条".to_owned(), ArticleChange::Kept));
    assert_eq!(shown[2], ("第三条".to_owned(), "第四条".to_owned(), ArticleChange::Renumbered));
    assert_eq!(shown[5], ("第六条".to_owned(), "第七条".to_owned(), ArticleChange::Renumbered));
    assert_eq!((found.summary.renumbered_articles, found.summary.moved_articles), (4, 0));
}

#[test]
fn an_article_that_stands_elsewhere_is_moved_and_not_taken_out_and_put_in() {
    let lines: Vec<&str> = OLD.lines().collect();
    let numbers = ["第一条", "第二条", "第三条", "第四条", "第五条", "第六条"];
    let order = [1, 5, 2, 3, 4, 6];
    let articles_of_new = order.iter().zip(numbers).map(|(line, number)| {
        let (_, text) = lines[*line].split_once('\u{3000}').unwrap();
        format!("{number}\u{3000}{text}\n")
    });
    let new = format!("{}\n{}", lines[0], articles_of_new.collect::<String>());
    let found = compare(OLD, &new);
    assert_eq!((found.summary.left.only, found.summary.right.only), (0, 0));
    let moved: Vec<_> = articles(&found).into_iter().filter(|(.., change)| *change == ArticleChange::Moved).collect();
    assert_eq!(moved, [("第五条".to_owned(), "第二条".to_owned(), ArticleChange::Moved)]);
    assert_eq!((found.summary.moved, found.summary.moved_articles), (1, 1));
}

#[test]
fn a_clause_that_became_two_is_one_row_and_so_are_two_that_became_one() {
    let whole = "第七条　养犬人应当定期为犬只注射狂犬病疫苗，并且不得虐待遗弃犬只，不得放任犬只恐吓他人。\n";
    let parts = "第七条　养犬人应当定期为犬只注射狂犬病疫苗。养犬人不得虐待遗弃犬只，不得放任犬只恐吓他人。\n";
    let (one, two) = (format!("{OLD}{whole}"), format!("{OLD}{parts}"));
    let split = compare(&one, &two);
    assert_eq!(split.alignments.last().map(|a| (a.left.len(), a.right.len())), Some((1, 2)));
    assert_eq!((split.summary.split, split.summary.merged, split.summary.right.only), (1, 0, 0));
    let merged = compare(&two, &one);
    assert_eq!(merged.alignments.last().map(|a| (a.left.len(), a.right.len())), Some((2, 1)));
    assert_eq!((merged.summary.split, merged.summary.merged), (0, 1));
}

#[test]
fn a_short_part_of_a_long_clause_is_a_part_of_it() {
    let whole = "第七条　发布种犬广告的，广告内容应当符合有关法律、行政法规的规定，注明犬种的审定或者鉴定名称以及\
        繁育场所的地址、许可证号和联系方式，并附具狂犬病疫苗免疫证明，描述应当真实。\n";
    let parts = whole.replace("，描述应当真实。", "。种犬广告的描述应当真实。");
    let (one, two) = (format!("{OLD}{whole}"), format!("{OLD}{parts}"));
    let split = compare(&one, &two);
    assert_eq!(split.alignments.last().map(|a| (a.left.len(), a.right.len())), Some((1, 2)));
    let merged = compare(&two, &one);
    assert_eq!(merged.alignments.last().map(|a| (a.left.len(), a.right.len())), Some((2, 1)));
    // What was put in beside is no part.
    let beside = whole.replace("描述应当真实。\n", "描述应当真实。民政部门应当拨付救助站经费。\n");
    let put_in = compare(&one, &format!("{OLD}{beside}"));
    assert_eq!((put_in.summary.split, put_in.summary.right.only), (0, 1));
}

#[test]
fn what_differs_in_figures_deadlines_and_strength_is_told_and_counted() {
    let new = OLD
        .replace("三十日内", "十五日内")
        .replace("五十元以上二百元", "一百元以上五百元")
        .replace("应当使用", "可以使用");
    let found = compare(OLD, &new);
    let s = found.summary;
    assert_eq!((s.figures, s.deadlines, s.obligations), (1, 1, 1));
    assert_eq!((s.left.only, s.right.only, s.moved), (0, 0, 0));
    let fine = found.alignments.last().unwrap();
    assert_eq!(fine.relation, Relation::Edited);
    let figure = fine.measures.iter().find(|d| d.kind == crate::difference::MeasureKind::Figure).unwrap();
    assert!(
        figure.left.as_ref().unwrap().text.contains("五十元") && figure.right.as_ref().unwrap().text.contains("五百元")
    );
    assert!(fine.edits.len() > 2);
}

#[test]
fn a_document_is_verbatim_to_itself_in_order_also_where_it_repeats_itself() {
    let repeated =
        format!("{OLD}第七条　由公安机关责令改正。\n第八条　由公安机关责令改正。\n第九条　由公安机关责令改正。\n");
    let found = compare(&repeated, &repeated);
    assert!(found.alignments.iter().all(|a| a.left == a.right && a.relation == Relation::Verbatim && !a.moved));
    assert_eq!(found.summary.left.verbatim, found.left.clauses.len());
    assert!(found.articles.iter().all(|link| link.left == link.right && link.change == ArticleChange::Kept));
}

#[test]
fn documents_that_have_nothing_in_common_are_not_aligned() {
    let found = compare(OLD, "第一条　鼓励民营企业上市融资。\n第二条　完善跨境电商综合试验区物流体系。\n");
    assert_eq!(found.alignments, []);
    assert_eq!((found.summary.left.only, found.summary.right.only), (6, 2));
    assert_eq!(found.summary.left.only_characters, 1.0);
}

#[test]
fn a_text_without_a_clause_and_one_with_too_many_are_refused_by_the_side_at_fault() {
    let refused = |left: &str, right: &str| {
        compare_texts(&Letters::new(), Calibration::shipped(), ("a", left), ("b", right)).unwrap_err()
    };
    assert!(matches!(refused(OLD, " \n"), Error::Unreadable { .. }));
    let long: String = (0..=Source::MOST_CLAUSES).map(|k| format!("第{k}条　应当办理第{k}号登记。\n")).collect();
    let error = refused(&long, OLD);
    assert!(error.to_string().starts_with("left: expected a document of at most 2000 clauses, received "), "{error}");
}
