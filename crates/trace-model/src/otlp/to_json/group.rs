//! Groups records by resource and scope, as in `ResourceSpans` and `ResourceLogs`.

use std::{borrow::Cow, collections::HashMap};

use serde::{Serialize, Serializer};

use super::ObjectWriter;
use crate::{
    origin::{Origin, Resource, Scope},
    value::lossy_text,
};

/// A record of a signal: a span or a log record.
pub(super) trait Record {
    /// JSON name of the list of scopes.
    const SCOPES: &'static str;
    /// JSON name of the list of records.
    const RECORDS: &'static str;

    /// Serializes the record.
    ///
    /// # Errors
    /// Errors of the serializer.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

struct RecordJson<'s, R>(&'s R);

impl<R: Record> Serialize for RecordJson<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

pub(super) struct ResourceGroup<'s, 'a, R> {
    resource: ResourceJson<'a>,
    scopes: Vec<ScopeGroup<'s, 'a, R>>,
    schema_url: Cow<'a, str>,
}

struct ScopeGroup<'s, 'a, R> {
    scope: ScopeJson<'a>,
    records: Vec<RecordJson<'s, R>>,
    schema_url: Cow<'a, str>,
}

/// Groups by equal bytes of resource, scope and schema URLs, in order of first appearance.
pub(super) fn group_by_resource<'s, 'a, R>(records: &'s [(Origin<'a>, R)]) -> Vec<ResourceGroup<'s, 'a, R>> {
    let mut resources: Vec<ResourceGroup<'s, 'a, R>> = Vec::new();
    let mut resource_indexes = HashMap::new();
    let mut scope_indexes = HashMap::new();
    for (origin, record) in records {
        let resource_key = (origin.resource.raw, origin.resource_schema);
        let resource_index = *resource_indexes.entry(resource_key).or_insert_with(|| {
            resources.push(ResourceGroup {
                resource: ResourceJson(origin.resource),
                scopes: Vec::new(),
                schema_url: lossy_text(origin.resource_schema),
            });
            resources.len() - 1
        });
        let Some(resource) = resources.get_mut(resource_index) else { continue };
        let scope_key = (resource_index, origin.scope.raw, origin.scope_schema);
        let scope_index = *scope_indexes.entry(scope_key).or_insert_with(|| {
            resource.scopes.push(ScopeGroup {
                scope: ScopeJson(origin.scope),
                records: Vec::new(),
                schema_url: lossy_text(origin.scope_schema),
            });
            resource.scopes.len() - 1
        });
        if let Some(scope) = resource.scopes.get_mut(scope_index) {
            scope.records.push(RecordJson(record));
        }
    }
    resources
}

impl<R: Record> Serialize for ResourceGroup<'_, '_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = ObjectWriter::new(serializer)?;
        map.put("resource", &self.resource)?;
        map.put(R::SCOPES, &self.scopes)?;
        map.put_unless_empty("schemaUrl", &self.schema_url)?;
        map.end()
    }
}

impl<R: Record> Serialize for ScopeGroup<'_, '_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = ObjectWriter::new(serializer)?;
        map.put("scope", &self.scope)?;
        map.put(R::RECORDS, &self.records)?;
        map.put_unless_empty("schemaUrl", &self.schema_url)?;
        map.end()
    }
}

struct ResourceJson<'a>(Resource<'a>);

impl Serialize for ResourceJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = ObjectWriter::new(serializer)?;
        map.put_attributes(|| self.0.attributes())?;
        map.put_unless_zero("droppedAttributesCount", self.0.dropped_attributes())?;
        map.end()
    }
}

struct ScopeJson<'a>(Scope<'a>);

impl Serialize for ScopeJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = ObjectWriter::new(serializer)?;
        map.put_unless_empty("name", &self.0.name())?;
        map.put_unless_empty("version", &self.0.version())?;
        map.put_attributes(|| self.0.attributes())?;
        map.put_unless_zero("droppedAttributesCount", self.0.dropped_attributes())?;
        map.end()
    }
}
