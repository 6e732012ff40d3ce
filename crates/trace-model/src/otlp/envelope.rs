//! The frame that the requests of all signals share: records below scopes below resources.
//!
//! `ExportTraceServiceRequest` and `ExportLogsServiceRequest` differ in what a record is and in nothing else
//! (`opentelemetry/proto/collector/*/v1/*_service.proto`).

use crate::{
    origin::{Origin, Resource, Scope},
    wire::{Reader, WireError, Writer},
};

/// Hands on every record with its origin and the number of its scope block (0, 1, ..).
#[inline]
pub(super) fn read<'a>(
    body: &'a [u8],
    mut each: impl FnMut(u32, &Origin<'a>, &'a [u8]),
) -> Result<(), WireError> {
    let mut block = 0;
    for tagged in Reader::new(body) {
        let tagged = tagged?;
        if tagged.number != 1 {
            continue;
        }
        let of_resource = tagged.bytes()?;
        let mut origin = resource_origin(of_resource)?;
        for tagged in Reader::new(of_resource) {
            let tagged = tagged?;
            if tagged.number != 2 {
                continue;
            }
            let of_scope = tagged.bytes()?;
            scope_origin(of_scope, &mut origin)?;
            for tagged in Reader::new(of_scope) {
                let tagged = tagged?;
                if tagged.number == 2 {
                    each(block, &origin, tagged.bytes()?);
                }
            }
            block += 1;
        }
    }
    Ok(())
}

/// The resource may stand behind the records that it is of, so it is looked for first.
fn resource_origin(of_resource: &[u8]) -> Result<Origin<'_>, WireError> {
    let mut origin = Origin::default();
    for tagged in Reader::new(of_resource) {
        let tagged = tagged?;
        match tagged.number {
            1 => origin.resource = Resource { raw: tagged.bytes()? },
            3 => origin.resource_schema = tagged.bytes()?,
            _ => {}
        }
    }
    origin.resource.check()?;
    Ok(origin)
}

fn scope_origin<'a>(of_scope: &'a [u8], origin: &mut Origin<'a>) -> Result<(), WireError> {
    origin.scope = Scope::default();
    origin.scope_schema = &[];
    for tagged in Reader::new(of_scope) {
        let tagged = tagged?;
        match tagged.number {
            1 => origin.scope = Scope { raw: tagged.bytes()? },
            3 => origin.scope_schema = tagged.bytes()?,
            _ => {}
        }
    }
    origin.scope.check()
}

/// Writes records as a request again. Neighbours of one origin share a scope block.
#[derive(Debug, Default)]
pub struct RequestWriter<'a> {
    out: Writer,
    block: Option<(Origin<'a>, Vec<&'a [u8]>)>,
}

impl<'a> RequestWriter<'a> {
    /// Adds the message of one record.
    pub fn add(&mut self, origin: &Origin<'a>, record: &'a [u8]) {
        match &mut self.block {
            Some((current, records)) if current == origin => records.push(record),
            _ => {
                self.flush();
                self.block = Some((*origin, vec![record]));
            }
        }
    }

    fn flush(&mut self) {
        let Some((origin, records)) = self.block.take() else { return };
        let out = &mut self.out;
        let of_resource = out.begin(1);
        out.bytes(1, origin.resource.raw);
        let of_scope = out.begin(2);
        out.bytes(1, origin.scope.raw);
        for record in records {
            out.bytes(2, record);
        }
        out.bytes(3, origin.scope_schema);
        out.end(of_scope);
        out.bytes(3, origin.resource_schema);
        out.end(of_resource);
    }

    /// The body of the request.
    pub fn into_bytes(mut self) -> Vec<u8> {
        self.flush();
        self.out.into_bytes()
    }
}
