//! What the rules about split calls share: the splits that no earlier rule explained, by hop.

use std::collections::BTreeMap;

use crate::{
    finding::{Confidence, Fact, Hop},
    rule::{Claims, Draft, examples},
    window::{At, Window, splits::Split},
};

/// From service, to service.
pub(super) type Pair = (usize, usize);

/// The unexplained splits that a rule is about, by hop.
pub(super) fn by_hop(
    window: &Window<'_>,
    claims: &Claims,
    is_about: impl Fn(&Split) -> bool,
) -> BTreeMap<Pair, Vec<Split>> {
    let mut hops = BTreeMap::<Pair, Vec<Split>>::new();
    for split in window.splits.iter().filter(|split| !claims.has(split.server) && is_about(split)) {
        hops.entry(split.hop(window)).or_default().push(*split);
    }
    hops
}

/// The same, by hop and route of the callee.
pub(super) fn by_route<'w>(
    window: &'w Window<'_>,
    claims: &Claims,
    is_about: impl Fn(&Split) -> bool,
) -> BTreeMap<(Pair, &'w str), Vec<Split>> {
    let mut routes = BTreeMap::<(Pair, &str), Vec<Split>>::new();
    for (pair, splits) in by_hop(window, claims, is_about) {
        for split in splits {
            routes.entry((pair, window.route(split.server))).or_default().push(split);
        }
    }
    routes
}

/// How many calls of a hop are whole; with a route, of this route of the callee.
pub(super) fn whole(window: &Window<'_>, pair: Pair, route: Option<&str>) -> usize {
    let calls = window.calls.whole_hops.get(&pair).map_or(&[][..], Vec::as_slice);
    calls.iter().filter(|call| route.is_none_or(|route| window.route(call.server) == route)).count()
}

/// A finding about these splits, which it explains.
pub(super) fn draft(
    window: &Window<'_>,
    claims: &mut Claims,
    confidence: Confidence,
    hop: Hop,
    splits: &[Split],
    of: usize,
) -> Draft {
    let ends = |split: &Split| [Some(split.client), split.twin, Some(split.server)].into_iter().flatten();
    let spans: Vec<At> = splits.iter().flat_map(ends).collect();
    claims.add(spans.iter().copied());
    let joins = splits.iter().map(|split| (split.client, split.server)).collect();
    let asked = splits.iter().filter_map(|split| window.asked(split.client));
    let served =
        splits.iter().filter_map(|split| Some(window.facts(split.server).server_port()?.to_string()));
    Draft::new(confidence, hop, spans)
        .counted(splits.len(), of)
        .joining(joins)
        .with("split_calls", Fact::Share { part: splits.len(), of })
        .with("asked", examples(asked))
        .with("server_ports", examples(served))
}

/// ` on /price`, or nothing.
pub(super) fn on(route: Option<&str>) -> String {
    route.map_or_else(String::new, |route| format!(" on {route}"))
}
