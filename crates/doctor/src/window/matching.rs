//! One-to-one pairs: which of the possible pairs leave no doubt.

/// The pairs that candidates leave no doubt about.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Matching {
    /// Left and right, in the order of the left.
    pub(crate) pairs: Vec<(usize, usize)>,
    /// Lefts that have candidates, but no certain one.
    pub(crate) ambiguous: Vec<usize>,
}

/// Pairs each left that has one candidate with it, unless another such left wants it, too; then again without the paired
/// ones. Works in rounds, so the order of the lefts does not matter.
///
/// `candidates`: by left, the rights it may belong to. `rights`: how many there are.
pub(crate) fn one_to_one(candidates: &[Vec<usize>], rights: usize) -> Matching {
    let mut wanted_by: Vec<Vec<usize>> = vec![Vec::new(); rights];
    for (left, own) in candidates.iter().enumerate() {
        for right in own {
            wanted_by[*right].push(left);
        }
    }
    let mut open: Vec<Vec<usize>> = candidates.to_vec();
    let mut single: Vec<usize> = (0..open.len()).filter(|left| open[*left].len() == 1).collect();
    let mut pairs = Vec::new();
    while !single.is_empty() {
        let has_no_rival = |left: &usize| {
            let rivals = wanted_by[open[*left][0]].iter().filter(|rival| *rival != left);
            rivals.clone().all(|rival| open[*rival].len() != 1)
        };
        let round: Vec<(usize, usize)> =
            single.iter().filter(|left| has_no_rival(left)).map(|left| (*left, open[*left][0])).collect();
        single.clear();
        for (left, right) in round {
            open[left].clear();
            for rival in std::mem::take(&mut wanted_by[right]) {
                open[rival].retain(|other| *other != right);
                if open[rival].len() == 1 {
                    single.push(rival);
                }
            }
            pairs.push((left, right));
        }
        single.sort_unstable();
        single.dedup();
        single.retain(|left| open[*left].len() == 1);
    }
    pairs.sort_unstable();
    let is_paired = |left: usize| pairs.binary_search_by_key(&left, |pair| pair.0).is_ok();
    let ambiguous =
        (0..candidates.len()).filter(|left| !candidates[*left].is_empty() && !is_paired(*left)).collect();
    Matching { pairs, ambiguous }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pairs_without_doubt_are_made() {
        let pairs = |candidates: &[Vec<usize>]| one_to_one(candidates, 3).pairs;
        assert_eq!(pairs(&[vec![0], vec![1]]), [(0, 0), (1, 1)]);
        // Once the first has its own, the second has one left.
        assert_eq!(pairs(&[vec![0], vec![0, 1]]), [(0, 0), (1, 1)]);
        // Two want the same.
        assert_eq!(pairs(&[vec![0], vec![0]]), []);
        assert_eq!(pairs(&[vec![0, 1], vec![0, 1]]), []);
        assert_eq!(one_to_one(&[vec![0, 1], vec![2], vec![]], 3).ambiguous, [0]);
    }

    #[test]
    fn a_long_chain_of_forced_choices_is_resolved() {
        let candidates: Vec<Vec<usize>> =
            (0..50).map(|left| if left == 0 { vec![0] } else { vec![left - 1, left] }).collect();
        assert_eq!(one_to_one(&candidates, 50).pairs, (0..50).map(|it| (it, it)).collect::<Vec<_>>());
    }
}
