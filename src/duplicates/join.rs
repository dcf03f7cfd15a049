//! All pairs of forms that share enough pairs of neighbouring characters: an exact join of multisets.
//!
//! Near-duplicates share most of their characters, so the pairs of neighbouring characters that are rarest in the corpus
//! find them: two forms whose score is at least `t` must share one of the rarest pairs of each, for only so many may be
//! missing (prefix filter, Chaudhuri et al. 2006; with the bounds by length and position of Xiao et al. 2008). Nothing
//! is lost by that: what is found is what a comparison of every form with every other one finds.
//!
//! # Why not the obvious other way
//!
//! - *Neighbours in the vector index*: unrelated clauses have cosines of 0.8 and near-duplicates fill the neighbourhood
//!   of formulas, so that how many neighbours have to be asked for is unknown; and the answer would be of one model.
//! - *MinHash*: loses pairs near the threshold, or compares many that are far below it.

use rustc_hash::FxHashMap;

/// Words of the signature of a form.
const WORDS: usize = 4;
/// Mark of a form that cannot reach the floor any more.
const OUT: u16 = u16::MAX;

/// Forms made ready to be joined. A form is named by its place among those given.
pub(super) struct Corpus {
    /// Where the pairs of each form begin in `pairs`; one more at the end. Places are in the order of size.
    starts: Vec<u32>,
    /// The pairs of neighbouring characters of each form as ranks of rarity, rarest first. The second occurrence of a
    /// pair in a form is a pair of its own.
    pairs: Vec<u32>,
    /// One bit for every pair: where two forms differ in many bits they differ in as many pairs at least.
    signatures: Vec<[u64; WORDS]>,
    /// Number of different pairs.
    ranks: usize,
    bounds: Bounds,
}

/// Which forms have a pair among their rarest.
pub(super) struct Index {
    /// Where the forms begin in `postings`, by rank; one more at the end.
    lists: Vec<u32>,
    /// In the order of places within a list.
    postings: Vec<Posting>,
}

#[derive(Clone, Copy, Default)]
struct Posting {
    place: u32,
    /// Where the pair stands in the form.
    position: u16,
    /// Pairs of the form.
    size: u16,
}

/// What a score of at least the floor demands. The floor is in thousandths, so that nothing is rounded.
#[derive(Clone, Copy)]
struct Bounds {
    floor: usize,
}

impl Bounds {
    /// Pairs that two forms must have in common.
    fn common(self, left: usize, right: usize) -> usize {
        (self.floor * (left + right)).div_ceil(2000)
    }

    /// Pairs that a form must have in common with one that is no smaller.
    fn common_with_larger(self, size: usize) -> usize {
        (self.floor * size).div_ceil(1000)
    }

    /// Pairs of the smallest form that may score enough with one of this size; all of them are in common then.
    fn smallest(self, size: usize) -> usize {
        (self.floor * size).div_ceil(2000 - self.floor).max(1)
    }
}

/// Two forms and their score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pair {
    /// Place of the form that is no longer.
    pub(super) left: usize,
    /// Place of the other one, which is larger.
    pub(super) right: usize,
    /// Dice coefficient of their pairs of neighbouring characters, in [floor, 1].
    pub(super) score: f32,
}

impl Corpus {
    /// Most characters of a form that are compared. Clauses are sentences; the longest met has some 450.
    pub(super) const LONGEST: usize = 30_000;

    /// Makes forms ready that are given in the order of their lengths, to find pairs that score at least `floor`
    /// thousandths, 1 to 1000.
    pub(super) fn new<'a>(forms: impl Iterator<Item = &'a [char]>, floor: usize) -> Corpus {
        let (starts, mut pairs, counts) = count(forms);
        // By rarity; ties by first appearance, which changes what is looked at and not what is found.
        let mut order: Vec<u32> = (0..counts.len() as u32).collect();
        order.sort_by_key(|id| counts[*id as usize]);
        let mut ranks = vec![0_u32; order.len()];
        for (rank, id) in order.into_iter().enumerate() {
            ranks[id as usize] = rank as u32;
        }
        let mut signatures = Vec::with_capacity(starts.len());
        for bounds in starts.windows(2) {
            let form = &mut pairs[bounds[0] as usize..bounds[1] as usize];
            let mut signature = [0_u64; WORDS];
            for pair in form.iter_mut() {
                *pair = ranks[*pair as usize];
                let bit = pair.wrapping_mul(0x9e37_79b1) >> 24;
                signature[bit as usize >> 6] |= 1 << (bit & 63);
            }
            form.sort_unstable();
            signatures.push(signature);
        }
        let floor = floor.clamp(1, 1000);
        Corpus { starts, pairs, signatures, ranks: ranks.len(), bounds: Bounds { floor } }
    }

    /// The forms that are `wanted`, by those of their pairs that they cannot all lack in common with a form that is no
    /// smaller and scores enough.
    pub(super) fn index(&self, wanted: impl Fn(usize) -> bool) -> Index {
        let rarest = |place: usize| {
            let form = self.form(place);
            let looked_at = (form.len() + 1).saturating_sub(self.bounds.common_with_larger(form.len()).max(1));
            form[..looked_at.min(form.len())].iter().enumerate()
        };
        let wanted = |place: &usize| wanted(*place);
        let mut lists = vec![0_u32; self.ranks + 1];
        for place in (0..self.len()).filter(wanted) {
            rarest(place).for_each(|(_, rank)| lists[*rank as usize + 1] += 1);
        }
        for rank in 0..self.ranks {
            lists[rank + 1] += lists[rank];
        }
        let mut next = lists.clone();
        let mut postings = vec![Posting::default(); lists[self.ranks] as usize];
        for place in (0..self.len()).filter(wanted) {
            let size = self.size(place) as u16;
            for (position, rank) in rarest(place) {
                let at = &mut next[*rank as usize];
                postings[*at as usize] = Posting { place: place as u32, position: position as u16, size };
                *at += 1;
            }
        }
        Index { lists, postings }
    }

    /// Number of forms.
    pub(super) fn len(&self) -> usize {
        self.signatures.len()
    }

    fn form(&self, place: usize) -> &[u32] {
        &self.pairs[self.starts[place] as usize..self.starts[place + 1] as usize]
    }

    fn size(&self, place: usize) -> usize {
        (self.starts[place + 1] - self.starts[place]) as usize
    }

    /// The first form of at least so many pairs.
    fn first_of_size(&self, size: usize) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.size(middle) < size { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// Adds to `found` every form of the index that stands before `place` and scores enough with the one there, in the
    /// order of places.
    pub(super) fn join(&self, place: usize, index: &Index, met: &mut Met, found: &mut Vec<Pair>) {
        let form = self.form(place);
        let smallest = self.bounds.smallest(form.len());
        let first = self.first_of_size(smallest) as u32;
        met.counts.resize(self.len(), 0);
        for (at, rank) in form.iter().enumerate().take((form.len() + 1).saturating_sub(smallest)) {
            let bounds = (index.lists[*rank as usize] as usize, index.lists[*rank as usize + 1] as usize);
            let list = &index.postings[bounds.0..bounds.1];
            let from = list.partition_point(|posting| posting.place < first);
            for posting in &list[from..] {
                let other = posting.place as usize;
                if other >= place {
                    break;
                }
                let count = &mut met.counts[other];
                if *count == OUT {
                    continue;
                }
                let size = usize::from(posting.size);
                let needed = self.bounds.common(form.len(), size);
                if *count == 0 {
                    met.places.push(other);
                    if self.most_common(place, other) < needed {
                        *count = OUT;
                        continue;
                    }
                }
                let rest = (form.len() - at - 1).min(size - usize::from(posting.position) - 1);
                *count = if usize::from(*count) + 1 + rest < needed { OUT } else { *count + 1 };
            }
        }
        let from = found.len();
        for other in met.places.drain(..) {
            let count = std::mem::take(&mut met.counts[other]);
            if count == OUT {
                continue;
            }
            let other_form = self.form(other);
            if let Some(common) = common(form, other_form, self.bounds.common(form.len(), other_form.len())) {
                let score = dice(common, form.len(), other_form.len());
                found.push(Pair { left: other, right: place, score });
            }
        }
        found[from..].sort_unstable_by_key(|pair| pair.left);
    }

    /// A bound of the pairs that two forms have in common, by their signatures.
    fn most_common(&self, left: usize, right: usize) -> usize {
        let (a, b) = (&self.signatures[left], &self.signatures[right]);
        let differing: u32 = a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum();
        (self.size(left) + self.size(right) - differing as usize) / 2
    }
}

/// The forms that were met from the one at hand; made once and used again, by one thread.
#[derive(Default)]
pub(super) struct Met {
    /// By place how many of the rarest pairs were met so far; 0 for what was not met.
    counts: Vec<u16>,
    /// What was met.
    places: Vec<usize>,
}

/// Where the pairs of each form begin, the pairs as numbers in the order of their first appearance, and how many forms
/// have each.
fn count<'a>(forms: impl Iterator<Item = &'a [char]>) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
    let mut ids: FxHashMap<(char, char, u32), u32> = FxHashMap::default();
    let mut nth: FxHashMap<(char, char), u32> = FxHashMap::default();
    let (mut starts, mut pairs, mut counts) = (vec![0], Vec::new(), Vec::<u32>::new());
    for form in forms {
        nth.clear();
        for neighbours in form.windows(2).take(Corpus::LONGEST) {
            let &[a, b] = neighbours else { continue };
            let occurrence = nth.entry((a, b)).or_default();
            *occurrence += 1;
            let id = *ids.entry((a, b, *occurrence)).or_insert(counts.len() as u32);
            match counts.get_mut(id as usize) {
                Some(count) => *count += 1,
                None => counts.push(1),
            }
            pairs.push(id);
        }
        starts.push(pairs.len() as u32);
    }
    (starts, pairs, counts)
}

/// Dice coefficient in [0, 1]: twice what is in common over both sizes.
fn dice(common: usize, left: usize, right: usize) -> f32 {
    2.0 * common as f32 / (left + right).max(1) as f32
}

/// How many numbers two ascending lists have in common, where that is at least `needed`.
fn common(left: &[u32], right: &[u32], needed: usize) -> Option<usize> {
    let (mut i, mut j, mut common) = (0, 0, 0);
    while let (Some(a), Some(b)) = (left.get(i), right.get(j)) {
        if common + (left.len() - i).min(right.len() - j) < needed {
            return None;
        }
        common += usize::from(a == b);
        (i, j) = (i + usize::from(a <= b), j + usize::from(b <= a));
    }
    (common >= needed).then_some(common)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every pair by comparison of every form with every other one.
    fn exhaustive(forms: &[Vec<char>], floor: usize) -> Vec<(usize, usize, f32)> {
        let score = |a: &[char], b: &[char]| {
            let mut rest: Vec<&[char]> = b.windows(2).collect();
            let size = rest.len();
            for pair in a.windows(2) {
                if let Some(at) = rest.iter().position(|other| *other == pair) {
                    rest.swap_remove(at);
                }
            }
            dice(size - rest.len(), size, a.len().saturating_sub(1))
        };
        let mut found = Vec::new();
        for right in 0..forms.len() {
            for left in 0..right {
                let score = score(&forms[left], &forms[right]);
                if score >= floor as f32 / 1000.0 {
                    found.push((left, right, score));
                }
            }
        }
        found
    }

    fn joined(forms: &[Vec<char>], floor: usize, fresh: impl Fn(usize) -> bool) -> Vec<(usize, usize, f32)> {
        let corpus = Corpus::new(forms.iter().map(Vec::as_slice), floor);
        let (all, some) = (corpus.index(|_| true), corpus.index(&fresh));
        let (mut met, mut found) = (Met::default(), Vec::new());
        for place in 0..corpus.len() {
            corpus.join(place, if fresh(place) { &all } else { &some }, &mut met, &mut found);
        }
        found.into_iter().map(|pair| (pair.left, pair.right, pair.score)).collect()
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_a_comparison_of_every_pair_finds(
            texts in proptest::collection::vec("[甲乙丙丁戊]{0,14}", 0..40), floor in 300_usize..1000, every in 1_usize..5,
        ) {
            let mut forms: Vec<Vec<char>> = texts.iter().map(|text| text.chars().collect()).collect();
            forms.sort_by_key(Vec::len);
            let truth = exhaustive(&forms, floor);
            prop_assert_eq!(&joined(&forms, floor, |_| true), &truth);
            let fresh = |place: usize| place.is_multiple_of(every);
            let new: Vec<_> = truth.into_iter().filter(|(left, right, _)| fresh(*left) || fresh(*right)).collect();
            prop_assert_eq!(joined(&forms, floor, fresh), new, "pairs with one that is fresh");
        }
    }

    #[test]
    fn the_score_counts_every_occurrence_of_a_pair() {
        let forms: Vec<Vec<char>> = ["甲乙甲乙", "甲乙甲乙甲乙"].iter().map(|text| text.chars().collect()).collect();
        assert_eq!(joined(&forms, 600, |_| true), [(0, 1, 0.75)]);
        assert_eq!(joined(&forms, 751, |_| true), []);
    }
}
