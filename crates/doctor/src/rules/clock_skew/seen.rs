//! The clocks of one trace that differ from the others, and the processes that have them.

use std::collections::BTreeSet;

use trace_model::analysis::{ClockOffset, ClocksByProcess, rows::Process};

use crate::window::{At, Trace, Window};

/// A clock of one trace that differs from the others.
pub(super) struct Seen<'w> {
    pub(super) trace: usize,
    /// The processes with this clock, as indexes of [`Rows::processes`](trace_model::analysis::Rows::processes), in order.
    own: Vec<usize>,
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
    let by_process = ClocksByProcess::new(clocks);
    let (mut own, mut like_root) = (vec![Vec::new(); clocks.len()], Vec::new());
    for (index, process) in it.rows.processes.iter().enumerate() {
        by_process.index_of(process).map_or(&mut like_root, |clock| &mut own[clock]).push(index);
    }
    let is_alike =
        |clock: &ClockOffset| (clock.ahead - first.ahead).abs() <= clock.uncertainty + first.uncertainty;
    if clocks.len() >= 2 && have_one_clock(it, &like_root) && clocks.iter().all(is_alike) {
        let is_certain = clocks.iter().all(|clock| clock.is_certain);
        let opposite = ClockOffset { ahead: -first.ahead, is_certain, ..first.clone() };
        return vec![Seen::new(window, trace, like_root, &opposite)];
    }
    own.into_iter().zip(clocks).map(|(own, clock)| Seen::new(window, trace, own, clock)).collect()
}

/// Whether these processes are one, or run on one host.
fn have_one_clock(trace: &Trace<'_>, own: &[usize]) -> bool {
    let mut own = processes(trace, own);
    let Some(first) = own.next() else { return false };
    own.all(|process| process.host.is_some() && process.host == first.host)
}

fn processes<'w>(trace: &'w Trace<'_>, indexes: &[usize]) -> impl Iterator<Item = &'w Process> {
    indexes.iter().map(|index| &trace.rows.processes[*index])
}

impl<'w> Seen<'w> {
    fn new(window: &'w Window<'_>, trace: usize, own: Vec<usize>, clock: &ClockOffset) -> Self {
        let it = &window.traces[trace];
        let services: BTreeSet<&str> = processes(it, &own).map(|process| process.service.as_str()).collect();
        let place = processes(it, &own).next().and_then(|process| {
            let instance = || process.instance.as_deref().map(Place::Instance);
            process.host.as_deref().map(Place::Host).or_else(instance)
        });
        let &ClockOffset { ahead, uncertainty, is_certain, .. } = clock;
        Self { trace, services: services.into_iter().collect(), place, own, ahead, uncertainty, is_certain }
    }

    /// The spans with this clock.
    pub(super) fn spans(&self, window: &Window<'_>) -> impl Iterator<Item = At> {
        let rows = window.traces[self.trace].rows.iter().filter(|(_, row)| self.is_own(row.process));
        rows.map(|(row, _)| At { trace: self.trace, row })
    }

    /// The processes of the trace that have other clocks.
    pub(super) fn others(&self, window: &'w Window<'_>) -> impl Iterator<Item = &'w Process> {
        let all = window.traces[self.trace].rows.processes.iter().enumerate();
        all.filter(|(index, _)| !self.is_own(*index)).map(|(_, process)| process)
    }

    fn is_own(&self, process: usize) -> bool {
        self.own.binary_search(&process).is_ok()
    }
}
