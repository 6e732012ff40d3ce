//! The endpoints of the gateway.

use actix_web::Resource;
use actix_web::web::{self, ServiceConfig};
use service::response::method_not_allowed;

use crate::handlers::{
    health, home, like, notifications, openapi, post, profile, reply, search, short, show, update_profile,
    welcome,
};

pub(crate) fn configure(app: &mut ServiceConfig) {
    for (_, resource) in resources() {
        app.service(resource);
    }
}

/// Every resource with its path, in the order in which they are tried. A second pattern stands for the path with nothing
/// where a name should be, so that it can be told so.
fn resources() -> Vec<(&'static str, Resource)> {
    vec![
        resource(["/"], "GET", |it| it.get(welcome::handle)),
        resource(["/openapi.json"], "GET", |it| it.get(openapi::handle)),
        resource(["/api/health-check"], "GET", |it| it.get(health::handle)),
        resource(["/api/activities"], "POST", |it| it.post(post::handle)),
        resource(["/api/activities/home"], "GET", |it| it.get(home::handle)),
        resource(["/api/activities/notifications"], "GET", |it| it.get(notifications::handle)),
        resource(["/api/activities/search"], "GET", |it| it.get(search::handle)),
        resource(["/api/activities/@{handle}", "/api/activities/@"], "GET", |it| it.get(profile::handle)),
        resource(["/api/activities/{uuid}", "/api/activities/"], "GET", |it| it.get(show::handle)),
        resource(["/api/activities/{uuid}/reply", "/api/activities//reply"], "POST", |it| {
            it.post(reply::handle)
        }),
        resource(["/api/activities/{uuid}/like", "/api/activities//like"], "POST", |it| {
            it.post(like::handle)
        }),
        resource(["/api/users/@{handle}/short", "/api/users/@/short"], "GET", |it| it.get(short::handle)),
        resource(["/api/profile/update"], "POST", |it| it.post(update_profile::handle)),
    ]
}

/// A resource that refuses every method but those that `methods` adds, which are `allow`.
fn resource<const N: usize>(
    patterns: [&'static str; N],
    allow: &'static str,
    methods: impl FnOnce(Resource) -> Resource,
) -> (&'static str, Resource) {
    let resource = web::resource(patterns.to_vec()).default_service(web::to(method_not_allowed(allow)));
    (patterns.first().copied().unwrap_or_default(), methods(resource))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn the_document_has_every_path_and_no_other() {
        let document: serde_json::Value = serde_json::from_str(crate::openapi::document()).unwrap();
        let documented: BTreeSet<&str> =
            document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
        let served: BTreeSet<&str> = super::resources().into_iter().map(|(path, _)| path).collect();
        assert_eq!(documented, served);
    }
}
