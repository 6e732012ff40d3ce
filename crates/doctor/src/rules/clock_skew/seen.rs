//! The clocks of one trace that differ from the others, and the processes that have them.

use std::collections::BTreeSet;

use trace_model::analysis::{ClockOffset, rows::Process};

use crate::window::{At, Trace, Window};

/// A clock of one trace that differs from the others.
pub(super) struct Seen<'w> {
    pub(super) trace: usize,
    /// By process of [`Rows::processes`](trace_model::analysis::Rows::processes): whether it has this clock.
    is_own: Vec<bool>,
    /// In the order of their names.
    pub(super) services: Vec<&'w str>,
    /// The host, else the instance.
    pub(super) place: Option<Place<'w>>,
    pub(super) ahead: i64,
    pub(super) uncertainty: i64,
    pub(super) is_certain: bool,
}

/// What tells the clock of a service from those of its other replicas.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place<'w> {
    Host(&'w str),
    Instance(&'w str),
}

/// The clocks of a trace that differ. Where all others differ from the root's alike, it is the root's.
pub(super) fn off<'w>(window: &'w Window<'_>, trace: usize) -> Vec<Seen<'w>> {
    let it = &window.traces[trace];
    let clocks = &it.clocks;
    let Some(first) = clocks.first() else { return Vec::new() };
    let like_root: Vec<bool> =
        it.rows.processes.iter().map(|process| !clocks.iter().any(|clock| clock.is_of(process))).collect();
    let is_alike =
        |clock: &ClockOffset| (clock.ahead - first.ahead).abs() <= clock.uncertainty + first.uncertainty;
    if clocks.len() >= 2 && have_one_clock(it, &like_root) && clocks.iter().all(is_alike) {
        let is_certain = clocks.iter().all(|clock| clock.is_certain);
        let opposite = ClockOffset { ahead: -first.ahead, is_certain, ..first.clone() };
        return vec![Seen::new(window, trace, like_root, &opposite)];
    }
    let seen = clocks.iter().map(|clock| {
        let is_own = it.rows.processes.iter().map(|process| clock.is_of(process)).collect();
        Seen::new(window, trace, is_own, clock)
    });
    seen.collect()
}

/// Whether these processes are one, or run on one host.
fn have_one_clock(trace: &Trace<'_>, is_own: &[bool]) -> bool {
    let mut own = own_processes(trace, is_own);
    let Some(first) = own.next() else { return false };
    own.all(|process| process.host.is_some() && process.host == first.host)
}

fn own_processes<'w>(trace: &'w Trace<'_>, is_own: &[bool]) -> impl Iterator<Item = &'w Process> {
    trace.rows.processes.iter().zip(is_own).filter(|(_, is_own)| **is_own).map(|(process, _)| process)
}

impl<'w> Seen<'w> {
    fn new(window: &'w Window<'_>, trace: usize, is_own: Vec<bool>, clock: &ClockOffset) -> Self {
        let it = &window.traces[trace];
        let own = || own_processes(it, &is_own);
        let services: BTreeSet<&str> = own().map(|process| process.service.as_str()).collect();
        let place = own().next().and_then(|process| {
            let instance = || process.instance.as_deref().map(Place::Instance);
            process.host.as_deref().map(Place::Host).or_else(instance)
        });
        let &ClockOffset { ahead, uncertainty, is_certain, .. } = clock;
        Self {
            trace,
            services: services.into_iter().collect(),
            place,
            is_own,
            ahead,
            uncertainty,
            is_certain,
        }
    }

    /// The spans with this clock.
    pub(super) fn spans(&self, window: &Window<'_>) -> impl Iterator<Item = At> {
        let rows = window.traces[self.trace].rows.iter().filter(|(_, row)| self.is_own[row.process]);
        rows.map(|(row, _)| At { trace: self.trace, row })
    }

    /// The processes of the trace that have other clocks.
    pub(super) fn others(&self, window: &'w Window<'_>) -> impl Iterator<Item = &'w Process> {
        let processes = window.traces[self.trace].rows.processes.iter();
        processes.zip(&self.is_own).filter(|(_, is_own)| !**is_own).map(|(process, _)| process)
    }
}
