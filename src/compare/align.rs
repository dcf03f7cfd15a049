//! Which clauses of two documents answer each other: one to one first, then what was split or merged.
//!
//! A pair is judged by its log-odds, in which late interaction of both directions, the characters in common and the
//! surroundings add up: clauses of articles that answer each other attract each other, and so do clauses whose
//! neighbours are linked in the same order. Order is a preference, as strong as the two documents keep it; a clause that
//! has moved is found all the same.

use std::collections::HashMap;

use crate::error::Result;
use crate::search::{Pair, Pairs};

/// A clause as far as aligning looks at it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    /// Its article.
    pub(super) article: usize,
    /// Number of its characters.
    pub(super) length: usize,
    /// The clause that introduces the list it is an item of.
    pub(super) lead_in: Option<usize>,
}

/// What is said of two articles before their clauses are looked at: likeness of their headings, in [0, 1].
pub(super) type Headings<'a> = dyn Fn(usize, usize) -> f64 + 'a;

/// Clauses that answer each other: one to one, or a clause and the parts that it was split into or merged from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    /// In reading order.
    pub(super) left: Vec<usize>,
    /// In reading order.
    pub(super) right: Vec<usize>,
    /// Chance in (0, 1) that its first pair belongs together, surroundings included.
    pub(super) probability: f64,
}

/// Most that late interaction can say for or against a pair: phrases that a law repeats with other figures come near to
/// each other in meaning, so that only their characters tell which belongs to which.
const CERTAIN: f64 = 4.0;
/// What equal texts have beside.
const EQUAL: f64 = 4.0;
/// Clauses on the same topic have so many characters in common (Dice coefficient) without being copied.
const TOPIC: f64 = 0.2;
/// Most that the surroundings of linked clauses of the same article add.
const ARTICLE: f64 = 1.5;
/// Most that like headings add.
const HEADING: f64 = 0.7;
/// Most that standing where it is expected adds.
const ORDER: f64 = 2.0;
/// How many clauses off the expected place that wears off by the factor e.
const NEAR: f64 = 4.0;
/// What items of lists have when the sentences that introduce their lists are linked with each other; half of it is
/// taken from items whose lists are not.
const LEAD_IN: f64 = 1.0;
/// What a pair has to bring in beside its own log-odds when nothing around it speaks for it.
const PRIOR: f64 = 2.0;

/// The groups, in the order of their left clauses.
pub(super) fn align(pairs: &Pairs<'_>, left: &[Spot], right: &[Spot], headings: &Headings<'_>) -> Result<Vec<Group>> {
    let own: Vec<Scored> = pairs.pairs.iter().map(Scored::own).collect();
    let mut scored = own.clone();
    // What is linked says where the rest is to be looked for; twice is enough for it to settle.
    for round in 0..ROUNDS {
        // At first nothing is known of the surroundings: only what is sure by itself may speak for others.
        let least = if round == 0 { SURE } else { 0.0 };
        let anchors = one_to_one(&scored, least, left.len(), right.len());
        let surroundings = Surroundings::new(&anchors, left, right);
        scored = own
            .iter()
            .map(|pair| Scored { score: pair.score + surroundings.of(pair, headings) - PRIOR, ..*pair })
            .collect();
    }
    let links = one_to_one(&scored, 0.0, left.len(), right.len());
    attach(links, pairs, &scored, left, right)
}

const ROUNDS: usize = 3;
/// Log-odds from which on a pair is sure by itself.
const SURE: f64 = 2.0;
/// So many links that keep the order say half as much for it as many do.
const FEW: f64 = 3.0;

/// A pair and its log-odds.
#[derive(Debug, Clone, Copy)]
struct Scored {
    left: usize,
    right: usize,
    score: f64,
    /// Of the better answered side alone: high where one is a part of the other.
    contained: f64,
}

impl Scored {
    fn own(pair: &Pair) -> Scored {
        let odds = |p: f32| (f64::from(p) / (1.0 - f64::from(p)).max(1e-6)).max(1e-6).ln();
        let (there, back) = (odds(pair.left_answered), odds(pair.right_answered));
        let copied = (f64::from(pair.forward.common.overlap) - TOPIC).max(0.0) / (1.0 - TOPIC) * EQUAL;
        Scored {
            left: pair.left,
            right: pair.right,
            // Levels off, but never so far that the nearer of two would not be told.
            score: CERTAIN * ((there + back) / 2.0 / CERTAIN).tanh() + copied,
            contained: there.max(back),
        }
    }
}

/// Best pairs first, each clause once, none below `least`; in the order of the left.
fn one_to_one(scored: &[Scored], least: f64, left: usize, right: usize) -> Vec<Scored> {
    let mut order: Vec<&Scored> = scored.iter().filter(|pair| pair.score >= least).collect();
    order.sort_by(|a, b| b.score.total_cmp(&a.score).then((a.left, a.right).cmp(&(b.left, b.right))));
    let (mut on_left, mut on_right) = (vec![false; left], vec![false; right]);
    let mut taken = Vec::new();
    for pair in order {
        if !on_left[pair.left] && !on_right[pair.right] {
            (on_left[pair.left], on_right[pair.right]) = (true, true);
            taken.push(*pair);
        }
    }
    taken.sort_by_key(|pair| pair.left);
    taken
}

/// What pairs that are linked say about others.
struct Surroundings<'a> {
    left: &'a [Spot],
    right: &'a [Spot],
    /// Characters of clauses that two articles have linked, each pair as much as its shorter clause.
    linked: HashMap<(usize, usize), f64>,
    /// By left clause, what it is linked with.
    partner: HashMap<usize, usize>,
    left_articles: HashMap<usize, f64>,
    right_articles: HashMap<usize, f64>,
    /// Links that keep the order, in it.
    chain: Vec<(usize, usize)>,
    /// Share of the linked characters that keep the order, in [0, 1]; less where few do.
    kept: f64,
}

impl<'a> Surroundings<'a> {
    fn new(anchors: &[Scored], left: &'a [Spot], right: &'a [Spot]) -> Surroundings<'a> {
        let weight = |pair: &Scored| shorter(left, right, pair);
        let mut linked: HashMap<(usize, usize), f64> = HashMap::new();
        for pair in anchors {
            *linked.entry((left[pair.left].article, right[pair.right].article)).or_default() += weight(pair);
        }
        let articles = |side: &[Spot]| {
            let mut lengths: HashMap<usize, f64> = HashMap::new();
            side.iter().for_each(|spot| *lengths.entry(spot.article).or_default() += spot.length as f64);
            lengths
        };
        let points: Vec<(usize, f64)> = anchors.iter().map(|pair| (pair.right, weight(pair))).collect();
        let in_order = increasing(&points);
        let chain: Vec<(usize, usize)> =
            anchors.iter().zip(&in_order).filter(|(_, kept)| **kept).map(|(pair, _)| (pair.left, pair.right)).collect();
        let all: f64 = points.iter().map(|(_, weight)| weight).sum();
        let kept: f64 = points.iter().zip(&in_order).filter(|(_, kept)| **kept).map(|((_, weight), _)| weight).sum();
        Surroundings {
            left,
            right,
            linked,
            partner: anchors.iter().map(|pair| (pair.left, pair.right)).collect(),
            left_articles: articles(left),
            right_articles: articles(right),
            kept: kept / all.max(1.0) * chain.len() as f64 / (chain.len() as f64 + FEW),
            chain,
        }
    }

    /// What speaks for a pair beside itself, in log-odds.
    fn of(&self, pair: &Scored, headings: &Headings<'_>) -> f64 {
        let (a, b) = (self.left[pair.left].article, self.right[pair.right].article);
        // A pair is no witness of itself.
        let is_link = self.partner.get(&pair.left) == Some(&pair.right);
        let itself = if is_link { shorter(self.left, self.right, pair) } else { 0.0 };
        let others = self.linked.get(&(a, b)).copied().unwrap_or(0.0) - itself;
        let length = |of: &HashMap<usize, f64>, article| of.get(&article).copied().unwrap_or(0.0);
        let rest = (length(&self.left_articles, a) - self.left[pair.left].length as f64)
            .min(length(&self.right_articles, b) - self.right[pair.right].length as f64);
        let article = if rest > 0.0 { (others / rest).clamp(0.0, 1.0) } else { 0.0 };
        let list = match (self.left[pair.left].lead_in, self.right[pair.right].lead_in) {
            (None, None) => 0.0,
            (Some(i), Some(j)) if self.partner.get(&i) == Some(&j) => LEAD_IN,
            _ => -LEAD_IN / 2.0,
        };
        ARTICLE * article + HEADING * headings(a, b) + ORDER * self.kept * self.expected(pair) + list
    }

    /// How near a pair stands to where the chain of links leads from the links around it, in [0, 1].
    fn expected(&self, pair: &Scored) -> f64 {
        let next = self.chain.partition_point(|(i, _)| *i < pair.left);
        let before = next.checked_sub(1).and_then(|k| self.chain.get(k)).copied();
        let mut after = self.chain.get(next).copied();
        if after == Some((pair.left, pair.right)) {
            after = self.chain.get(next + 1).copied();
        }
        // Between two links any place between their partners will do; outside, it counts how far off it is.
        let low = before.map_or(0, |(_, j)| j);
        let high = after.map_or(self.right.len(), |(_, j)| j);
        let off = match pair.right {
            j if j < low => (low - j) as f64,
            j if j > high => (j - high) as f64,
            j => {
                let from_before = before.map(|(i, b)| (j - b).abs_diff(pair.left - i));
                let from_after = after.map(|(i, b)| (b - j).abs_diff(i.saturating_sub(pair.left)));
                let nearest = [from_before, from_after].into_iter().flatten().min().unwrap_or(0);
                nearest as f64 / 2.0
            }
        };
        (-off / NEAR).exp()
    }
}

fn shorter(left: &[Spot], right: &[Spot], pair: &Scored) -> f64 {
    left[pair.left].length.min(right[pair.right].length) as f64
}

/// Which of points stand in the heaviest chain of rising values; quadratic in their number.
pub(super) fn increasing(points: &[(usize, f64)]) -> Vec<bool> {
    let mut best: Vec<(f64, Option<usize>)> = Vec::with_capacity(points.len());
    for (k, (value, weight)) in points.iter().enumerate() {
        let before = (0..k).filter(|b| points[*b].0 < *value).max_by(|a, b| best[*a].0.total_cmp(&best[*b].0));
        best.push((before.map_or(0.0, |b| best[b].0) + weight, before));
    }
    let mut kept = vec![false; points.len()];
    let mut at = (0..points.len()).max_by(|a, b| best[*a].0.total_cmp(&best[*b].0));
    while let Some(k) = at {
        kept[k] = true;
        at = best[k].1;
    }
    kept
}

/// Least gain in how well the whole is answered for a part to be one. A short part of a long whole gains little, so that
/// a part has to be a link of its own as well, were the whole still free.
const GAIN: f32 = 0.03;
/// Least log-odds that the part is answered by the whole.
const PART: f64 = 2.0;
/// How far from the other parts one of another article may stand, in clauses.
const BESIDE: usize = 1;

/// Adds the clauses left over to links beside them of whose other side they are a part.
fn attach(
    links: Vec<Scored>,
    pairs: &Pairs<'_>,
    scored: &[Scored],
    left: &[Spot],
    right: &[Spot],
) -> Result<Vec<Group>> {
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let mut groups: Vec<Group> = links
        .iter()
        .map(|link| Group { left: vec![link.left], right: vec![link.right], probability: sigmoid(link.score) })
        .collect();
    let mut of_left: HashMap<usize, usize> = links.iter().enumerate().map(|(g, link)| (link.left, g)).collect();
    let mut of_right: HashMap<usize, usize> = links.iter().enumerate().map(|(g, link)| (link.right, g)).collect();
    let mut order: Vec<&Scored> = scored
        .iter()
        .filter(|pair| pair.contained >= PART && pair.score >= 0.0)
        .filter(|pair| of_left.contains_key(&pair.left) != of_right.contains_key(&pair.right))
        .collect();
    order.sort_by(|a, b| b.contained.total_cmp(&a.contained).then((a.left, a.right).cmp(&(b.left, b.right))));
    let beside = |parts: &[usize], part: usize, side: &[Spot]| {
        parts.iter().any(|p| p.abs_diff(part) <= BESIDE || side[*p].article == side[part].article)
    };
    for pair in order {
        match (of_left.get(&pair.left).copied(), of_right.get(&pair.right).copied()) {
            (Some(g), None) if groups[g].left.len() == 1 && beside(&groups[g].right, pair.right, right) => {
                // The part has to be answered by the whole, not the other way round.
                let whole = left[pair.left].length > right[pair.right].length;
                if whole && pairs.gain_on_left(pair.left, &groups[g].right, pair.right)? >= GAIN {
                    groups[g].right.push(pair.right);
                    of_right.insert(pair.right, g);
                }
            }
            (None, Some(g)) if groups[g].right.len() == 1 && beside(&groups[g].left, pair.left, left) => {
                let whole = right[pair.right].length > left[pair.left].length;
                if whole && pairs.gain_on_right(pair.right, &groups[g].left, pair.left)? >= GAIN {
                    groups[g].left.push(pair.left);
                    of_left.insert(pair.left, g);
                }
            }
            _ => {}
        }
    }
    for group in &mut groups {
        group.left.sort_unstable();
        group.right.sort_unstable();
    }
    groups.sort_by(|a, b| a.left.cmp(&b.left));
    Ok(groups)
}
