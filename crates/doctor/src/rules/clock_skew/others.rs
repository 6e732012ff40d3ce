//! The clocks that a clock differs from.

use std::collections::BTreeSet;

use super::seen::Seen;
use crate::window::Window;

/// The other processes of the same traces.
pub(super) struct Others<'w> {
    services: BTreeSet<&'w str>,
    /// By host; by service where the host is unknown, for its replicas may share one.
    pub(super) clocks: BTreeSet<&'w str>,
    /// There are others of the same service.
    pub(super) has_replicas: bool,
}

impl<'w> Others<'w> {
    pub(super) fn new(window: &'w Window<'_>, agreeing: &[&Seen<'w>]) -> Self {
        let mut others = Self { services: BTreeSet::new(), clocks: BTreeSet::new(), has_replicas: false };
        for seen in agreeing {
            for process in seen.others(window) {
                let service = process.service.as_str();
                others.clocks.insert(process.host.as_deref().unwrap_or(service));
                if seen.services.contains(&service) {
                    others.has_replicas = true;
                } else {
                    others.services.insert(service);
                }
            }
        }
        others
    }

    /// Such as `web, other instances of stock`.
    pub(super) fn names(&self, own: &[&str]) -> String {
        let replicas = self.has_replicas.then(|| format!("other instances of {}", own.join(", ")));
        let services = self.services.iter().map(|service| (*service).to_owned());
        services.chain(replicas).collect::<Vec<_>>().join(", ")
    }
}
