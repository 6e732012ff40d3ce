//! Query parameters of a request. Some may be repeated, and some have several names.

use actix_web::{HttpRequest, web};

pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// The parameters of a request; none when its query string is malformed.
    pub(super) fn of(request: &HttpRequest) -> Self {
        let pairs = web::Query::<Vec<(String, String)>>::from_query(request.query_string());
        Self(pairs.map(web::Query::into_inner).unwrap_or_default())
    }

    /// The first non-empty value under one of several names. Earlier names take precedence.
    pub(super) fn get(&self, names: &[&str]) -> Option<&str> {
        self.get_with_name(names).map(|(_, value)| value)
    }

    /// Like [`Self::get`], together with the name that was used.
    pub(super) fn get_with_name<'n>(&self, names: &[&'n str]) -> Option<(&'n str, &str)> {
        names.iter().find_map(|wanted| {
            let given = self.0.iter().find(|(name, value)| name == wanted && !value.is_empty());
            given.map(|(_, value)| (*wanted, value.as_str()))
        })
    }

    /// All values of a repeated parameter.
    pub(super) fn all<'s>(&'s self, wanted: &'s str) -> impl Iterator<Item = &'s str> {
        self.0.iter().filter(move |(name, _)| name == wanted).map(|(_, value)| value.as_str())
    }
}
