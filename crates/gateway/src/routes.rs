//! Routes of the gateway.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{Error, Resource, Route};
use service::Hosts;
use service::method::get;
use service::response::{self, method_not_allowed};

use crate::handlers::{
    health, home, like, notifications, openapi, post, profile, reply, rollbar_test, search, short, show,
    update_profile, welcome,
};
use crate::hosts;
use crate::{cross_site, error};

/// Every route, behind the checks of [`admit`].
pub(crate) fn configure(app: &mut ServiceConfig) {
    let routes = |scope: &mut ServiceConfig| {
        for (_, resource) in resources() {
            scope.service(resource);
        }
    };
    let scope = web::scope("").wrap(from_fn(admit)).configure(routes);
    app.service(scope.default_service(web::to(response::not_found)));
}

/// Middleware that refuses requests for a host that is not ours, and writes of pages of other sites.
async fn admit<B: MessageBody + 'static>(
    allowed: Data<Hosts>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let refusal = if !hosts::allow(&allowed, request.request()) {
        Some(error::misdirected())
    } else if cross_site::is_forged(request.request()) {
        Some(error::cross_site())
    } else {
        None
    };
    match refusal {
        Some(problem) => Ok(request.into_response(response::respond(problem)).map_into_right_body()),
        None => next.call(request).await.map(ServiceResponse::map_into_left_body),
    }
}

/// Every resource with its path, in matching order. A second pattern matches the path with an empty parameter, so
/// that the response is a 422 that names the parameter instead of a 404.
fn resources() -> Vec<(&'static str, Resource)> {
    vec![
        resource(["/"], "GET, HEAD", get().to(welcome::handle)),
        resource(["/openapi.json"], "GET, HEAD", get().to(openapi::handle)),
        resource(["/api/health-check"], "GET, HEAD", get().to(health::handle)),
        resource(["/api/activities"], "POST", web::post().to(post::handle)),
        resource(["/api/activities/home"], "GET, HEAD", get().to(home::handle)),
        resource(["/api/activities/notifications"], "GET, HEAD", get().to(notifications::handle)),
        resource(["/api/activities/search"], "GET, HEAD", get().to(search::handle)),
        resource(["/api/activities/@{handle}", "/api/activities/@"], "GET, HEAD", get().to(profile::handle)),
        resource(["/api/activities/{uuid}", "/api/activities/"], "GET, HEAD", get().to(show::handle)),
        resource(
            ["/api/activities/{uuid}/reply", "/api/activities//reply"],
            "POST",
            web::post().to(reply::handle),
        ),
        resource(
            ["/api/activities/{uuid}/like", "/api/activities//like"],
            "POST",
            web::post().to(like::handle),
        ),
        resource(["/api/users/@{handle}/short", "/api/users/@/short"], "GET, HEAD", get().to(short::handle)),
        resource(["/rollbar/test"], "GET, HEAD", get().to(rollbar_test::handle)),
        resource(["/api/profile/update"], "POST", web::post().to(update_profile::handle)),
    ]
}

/// A resource with one route; other methods get a 405 that names the `allow`ed one.
fn resource<const N: usize>(
    patterns: [&'static str; N],
    allow: &'static str,
    route: Route,
) -> (&'static str, Resource) {
    let resource = web::resource(patterns.to_vec()).default_service(web::to(method_not_allowed(allow)));
    (patterns.first().copied().unwrap_or_default(), resource.route(route))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn openapi_document_lists_exactly_the_served_paths() {
        let document: serde_json::Value = serde_json::from_str(openapi::document()).unwrap();
        let documented: BTreeSet<&str> =
            document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
        let served: BTreeSet<&str> = resources().into_iter().map(|(path, _)| path).collect();
        assert_eq!(documented, served);
    }
}
