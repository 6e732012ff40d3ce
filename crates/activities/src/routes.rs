//! Routes of the activities service.

use actix_web::web::{self, ServiceConfig};
use service::method::get;
use service::response::method_not_allowed;

use crate::handlers::{by_user, count, home, like, notifications, post, reply, search, show};

pub(crate) fn configure(app: &mut ServiceConfig) {
    let only_get = || web::to(method_not_allowed("GET, HEAD"));
    let only_post = || web::to(method_not_allowed("POST"));
    // Literal paths come before the patterns that would match them too.
    app.service(web::resource("/activities").post(post::handle).default_service(only_post()))
        .service(web::resource("/activities/home").route(get().to(home::handle)).default_service(only_get()))
        .service(
            web::resource("/activities/search").route(get().to(search::handle)).default_service(only_get()),
        )
        .service(
            web::resource("/activities/by/{handle}")
                .route(get().to(by_user::handle))
                .default_service(only_get()),
        )
        .service(
            web::resource("/activities/by/{handle}/count")
                .route(get().to(count::handle))
                .default_service(only_get()),
        )
        .service(
            web::resource("/activities/{uuid}").route(get().to(show::handle)).default_service(only_get()),
        )
        .service(web::resource("/activities/{uuid}/reply").post(reply::handle).default_service(only_post()))
        .service(web::resource("/activities/{uuid}/like").post(like::handle).default_service(only_post()))
        .service(
            web::resource("/notifications/{handle}")
                .route(get().to(notifications::handle))
                .default_service(only_get()),
        );
}
