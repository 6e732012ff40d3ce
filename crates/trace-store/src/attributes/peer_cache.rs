//! The peers of the spans of a request: mostly the same few, so that each name is built once.

use trace_model::{
    SpanKind,
    peer::{Peer, PeerAttributes, has_peer},
};

/// The peers of a request, and which attributes name them.
#[derive(Default)]
pub(crate) struct PeerCache<'a> {
    known: Vec<(PeerAttributes<'a>, Option<usize>)>,
    list: Vec<Peer>,
}

impl<'a> PeerCache<'a> {
    /// Entries of the cache. Further peers are built each time.
    const CAPACITY: usize = 16;

    /// The peer of a client, producer or consumer span, as its position in the list. `None` for other kinds, and for
    /// spans whose attributes name no peer.
    pub(crate) fn resolve(&mut self, kind: SpanKind, attributes: PeerAttributes<'a>) -> Option<usize> {
        if !has_peer(kind) {
            return None;
        }
        if let Some((_, peer)) = self.known.iter().find(|(known, _)| *known == attributes) {
            return *peer;
        }
        let peer = attributes.peer().map(|peer| {
            self.list.push(peer);
            self.list.len() - 1
        });
        if self.known.len() < Self::CAPACITY {
            self.known.push((attributes, peer));
        }
        peer
    }

    pub(crate) fn into_list(self) -> Vec<Peer> {
        self.list
    }
}
