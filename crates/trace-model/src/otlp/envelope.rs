//! The message structure that requests of all signals share: resources contain scopes, scopes contain records.
//!
//! `ExportTraceServiceRequest` and `ExportLogsServiceRequest` differ only in the type of the records
//! (`opentelemetry/proto/collector/*/v1/*_service.proto`).

use crate::{
    origin::{Origin, Resource, Scope},
    wire::{Reader, WireError, Writer},
};

/// Calls `each` with every record, its origin and the number of its scope block (0, 1, ..).
#[inline]
pub(super) fn read<'a>(
    body: &'a [u8],
    mut each: impl FnMut(u32, &Origin<'a>, &'a [u8]),
) -> Result<(), WireError> {
    let mut block = 0;
    for field in Reader::new(body) {
        let field = field?;
        if field.number != 1 {
            continue;
        }
        let resource_message = field.bytes()?;
        let mut origin = resource_origin(resource_message)?;
        for field in Reader::new(resource_message) {
            let field = field?;
            if field.number != 2 {
                continue;
            }
            let scope_message = field.bytes()?;
            scope_origin(scope_message, &mut origin)?;
            for field in Reader::new(scope_message) {
                let field = field?;
                if field.number == 2 {
                    each(block, &origin, field.bytes()?);
                }
            }
            block += 1;
        }
    }
    Ok(())
}

/// Reads the resource first, because it may follow its records on the wire.
fn resource_origin(resource_message: &[u8]) -> Result<Origin<'_>, WireError> {
    let mut origin = Origin::default();
    for field in Reader::new(resource_message) {
        let field = field?;
        match field.number {
            1 => origin.resource = Resource { raw: field.bytes()? },
            3 => origin.resource_schema = field.bytes()?,
            _ => {}
        }
    }
    origin.resource.check()?;
    Ok(origin)
}

fn scope_origin<'a>(scope_message: &'a [u8], origin: &mut Origin<'a>) -> Result<(), WireError> {
    origin.scope = Scope::default();
    origin.scope_schema = &[];
    for field in Reader::new(scope_message) {
        let field = field?;
        match field.number {
            1 => origin.scope = Scope { raw: field.bytes()? },
            3 => origin.scope_schema = field.bytes()?,
            _ => {}
        }
    }
    origin.scope.check()
}

/// Writes records as a request. Consecutive records of one origin share a scope block.
#[derive(Debug, Default)]
pub struct RequestWriter<'a> {
    out: Writer,
    block: Option<(Origin<'a>, Vec<&'a [u8]>)>,
}

impl<'a> RequestWriter<'a> {
    /// Appends the message of one record.
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
        let resource_message = out.begin(1);
        out.bytes(1, origin.resource.raw);
        let scope_message = out.begin(2);
        out.bytes(1, origin.scope.raw);
        for record in records {
            out.bytes(2, record);
        }
        out.bytes(3, origin.scope_schema);
        out.end(scope_message);
        out.bytes(3, origin.resource_schema);
        out.end(resource_message);
    }

    /// The body of the request.
    pub fn into_bytes(mut self) -> Vec<u8> {
        self.flush();
        self.out.into_bytes()
    }
}
