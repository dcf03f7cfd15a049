//! Complete linkage: which forms go together at which score.
//!
//! Two clusters become one at the lowest score between a form of the one and a form of the other, if all of these score
//! enough. So every two forms of a cluster are near each other, and clusters do not chain (where one follows neighbours,
//! 逾期不改正的,处…罚款 leads from fine to fine to what has nothing to do with it). The order of all unions serves every
//! threshold: a cut is a walk along it.
//!
//! Every pair is looked at once and counted for the two clusters it lies between; what a union costs is the neighbours
//! of the cluster that has fewer.

use rustc_hash::FxHashMap;

/// Two forms that go together, by place, with their score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Edge {
    pub(super) left: u32,
    pub(super) right: u32,
    pub(super) score: f32,
}

/// Two clusters became one: each is named by one of its forms.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Union {
    one: u32,
    other: u32,
    /// The lowest score within the new cluster.
    score: f32,
}

/// The order in which clusters become one.
#[derive(Debug, Clone, Default)]
pub(super) struct Linkage {
    /// Highest score first.
    unions: Vec<Union>,
    forms: usize,
}

impl Linkage {
    /// Links `forms` forms by their edges, each of which is given once. Among edges of one score those of lower places
    /// come first: places have to be by what forms say, not by when they came, or clusters would depend on that.
    pub(super) fn new(forms: usize, mut edges: Vec<Edge>) -> Linkage {
        edges.sort_unstable_by(|a, b| {
            b.score.total_cmp(&a.score).then_with(|| (a.left, a.right).cmp(&(b.left, b.right)))
        });
        let mut clusters = Forest::new(forms);
        // How many edges lie between a cluster and others, by the names of both.
        let mut between: FxHashMap<u32, FxHashMap<u32, u64>> = FxHashMap::default();
        let mut unions = Vec::new();
        for edge in edges {
            let (a, b) = (clusters.name(edge.left), clusters.name(edge.right));
            *between.entry(b).or_default().entry(a).or_default() += 1;
            let count = between.entry(a).or_default().entry(b).or_default();
            *count += 1;
            if *count < clusters.size(a) * clusters.size(b) {
                continue;
            }
            unions.push(Union { one: a, other: b, score: edge.score });
            let (mut of_a, mut of_b) = (between.remove(&a).unwrap_or_default(), between.remove(&b).unwrap_or_default());
            of_a.remove(&b);
            of_b.remove(&a);
            // The name with more neighbours stays: those of the other one have to learn a new name.
            let (kept, mut of_kept, given, of_given) =
                if of_a.len() >= of_b.len() { (a, of_a, b, of_b) } else { (b, of_b, a, of_a) };
            for (neighbour, count) in of_given {
                if let Some(of_neighbour) = between.get_mut(&neighbour) {
                    of_neighbour.remove(&given);
                    *of_neighbour.entry(kept).or_default() += count;
                }
                *of_kept.entry(neighbour).or_default() += count;
            }
            clusters.join(kept, given);
            between.insert(kept, of_kept);
        }
        Linkage { unions, forms }
    }

    /// The clusters of more than one form whose forms all score at least `threshold` with each other, with the lowest of
    /// these scores. Forms are ascending; clusters are in no order.
    pub(super) fn cut(&self, threshold: f32) -> Vec<(Vec<u32>, f32)> {
        let mut clusters = Forest::new(self.forms);
        let unions = &self.unions[..self.unions.partition_point(|union| union.score >= threshold)];
        let mut lowest: FxHashMap<u32, f32> = FxHashMap::default();
        for union in unions {
            let (a, b) = (clusters.name(union.one), clusters.name(union.other));
            clusters.join(a, b);
            lowest.remove(&b);
            // Scores fall: the last union of a cluster has its lowest.
            lowest.insert(a, union.score);
        }
        let mut forms: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for form in 0..self.forms as u32 {
            let name = clusters.name(form);
            if lowest.contains_key(&name) {
                forms.entry(name).or_default().push(form);
            }
        }
        forms.into_iter().map(|(name, forms)| (forms, lowest.get(&name).copied().unwrap_or(1.0))).collect()
    }
}

/// Disjoint sets of forms, each named by one of them.
struct Forest {
    parents: Vec<u32>,
    /// Of a name, the forms of its set.
    sizes: Vec<u32>,
}

impl Forest {
    fn new(forms: usize) -> Forest {
        Forest { parents: (0..forms as u32).collect(), sizes: vec![1; forms] }
    }

    fn name(&mut self, mut form: u32) -> u32 {
        while self.parents[form as usize] != form {
            let above = self.parents[self.parents[form as usize] as usize];
            self.parents[form as usize] = above;
            form = above;
        }
        form
    }

    fn size(&self, name: u32) -> u64 {
        u64::from(self.sizes[name as usize])
    }

    /// Gives a set the name of another one; both are names.
    fn join(&mut self, kept: u32, given: u32) {
        self.parents[given as usize] = kept;
        self.sizes[kept as usize] += self.sizes[given as usize];
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn edge((left, right, score): (u32, u32, f32)) -> Edge {
        Edge { left, right, score }
    }

    fn cut(forms: usize, edges: &[(u32, u32, f32)], threshold: f32) -> Vec<(Vec<u32>, f32)> {
        let mut clusters = Linkage::new(forms, edges.iter().copied().map(edge).collect()).cut(threshold);
        clusters.sort_by(|a, b| a.0.cmp(&b.0));
        clusters
    }

    #[test]
    fn a_chain_is_no_cluster() {
        let chain = [(0, 1, 0.9), (1, 2, 0.85), (2, 3, 0.9)];
        assert_eq!(cut(4, &chain, 0.8), [(vec![0, 1], 0.9), (vec![2, 3], 0.9)]);
        // With the ends near each other as well it is one.
        let ring = [(0, 1, 0.9), (1, 2, 0.85), (2, 3, 0.9), (0, 2, 0.82), (0, 3, 0.81), (1, 3, 0.83)];
        assert_eq!(cut(4, &ring, 0.8), [(vec![0, 1, 2, 3], 0.81)]);
    }

    #[test]
    fn another_threshold_is_another_cut_of_the_same_unions() {
        let edges = [(0, 1, 0.95), (0, 2, 0.8), (1, 2, 0.7), (3, 4, 0.65)];
        assert_eq!(cut(5, &edges, 0.6), [(vec![0, 1, 2], 0.7), (vec![3, 4], 0.65)]);
        assert_eq!(cut(5, &edges, 0.7), [(vec![0, 1, 2], 0.7)]);
        assert_eq!(cut(5, &edges, 0.71), [(vec![0, 1], 0.95)]);
        assert_eq!(cut(5, &edges, 0.96), []);
    }

    /// The definition: again and again the two clusters become one whose lowest score is highest.
    fn by_definition(forms: usize, edges: &[(u32, u32, f32)], threshold: f32) -> Vec<Vec<u32>> {
        let score = |a: u32, b: u32| edges.iter().find(|e| (e.0, e.1) == (a.min(b), a.max(b))).map_or(0.0, |e| e.2);
        let mut clusters: Vec<Vec<u32>> = (0..forms as u32).map(|form| vec![form]).collect();
        loop {
            let mut best: Option<(f32, usize, usize)> = None;
            for j in 0..clusters.len() {
                for i in 0..j {
                    let scores = clusters[i].iter().flat_map(|a| clusters[j].iter().map(|b| score(*a, *b)));
                    let lowest = scores.fold(1.0_f32, f32::min);
                    if lowest >= threshold && best.is_none_or(|(most, ..)| lowest > most) {
                        best = Some((lowest, i, j));
                    }
                }
            }
            let Some((_, i, j)) = best else { break };
            let joined = clusters.swap_remove(j);
            clusters[i].extend(joined);
        }
        clusters.retain(|cluster| cluster.len() > 1);
        clusters.iter_mut().for_each(|cluster| cluster.sort_unstable());
        clusters.sort();
        clusters
    }

    proptest! {
        #[test]
        fn clusters_are_those_of_the_definition_of_complete_linkage(
            kept in proptest::collection::vec(any::<bool>(), 66), shuffled in Just((0..66_u32).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            // All scores differ, so that the definition leaves no choice.
            let mut edges = Vec::new();
            for right in 0..12_u32 {
                for left in 0..right {
                    let at = edges.len();
                    edges.push((left, right, 0.6 + shuffled[at] as f32 / 200.0));
                }
            }
            let mut keep = kept.into_iter();
            edges.retain(|_| keep.next().unwrap_or(true));
            for threshold in [0.6, 0.7, 0.8, 0.9] {
                let clusters: Vec<Vec<u32>> = cut(12, &edges, threshold).into_iter().map(|(forms, _)| forms).collect();
                prop_assert_eq!(clusters, by_definition(12, &edges, threshold));
            }
        }
    }
}
