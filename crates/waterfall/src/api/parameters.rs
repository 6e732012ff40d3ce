//! The parameters of a request's address, some of which may come several times or under several names.

use actix_web::{HttpRequest, web};

pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// What is no list of pairs has none.
    pub(super) fn of(request: &HttpRequest) -> Self {
        let pairs = web::Query::<Vec<(String, String)>>::from_query(request.query_string());
        Self(pairs.map(web::Query::into_inner).unwrap_or_default())
    }

    /// The first non-empty value under one of several names, the first name first.
    pub(super) fn get(&self, names: &[&str]) -> Option<&str> {
        self.named(names).map(|(_, value)| value)
    }

    /// [`Self::get`], with the name that was used.
    pub(super) fn named<'n>(&self, names: &[&'n str]) -> Option<(&'n str, &str)> {
        names.iter().find_map(|wanted| {
            let given = self.0.iter().find(|(name, value)| name == wanted && !value.is_empty());
            given.map(|(_, value)| (*wanted, value.as_str()))
        })
    }

    pub(super) fn all<'s>(&'s self, wanted: &'s str) -> impl Iterator<Item = &'s str> {
        self.0.iter().filter(move |(name, _)| name == wanted).map(|(_, value)| value.as_str())
    }
}
