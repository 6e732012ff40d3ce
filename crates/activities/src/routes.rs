//! Routes of the activities service.

use actix_web::web::{self, ServiceConfig};
use service::response::method_not_allowed;

use crate::handlers::{by_user, count, home, like, notifications, post, reply, search, show};

pub(crate) fn configure(app: &mut ServiceConfig) {
    let only_get = || web::to(method_not_allowed("GET"));
    let only_post = || web::to(method_not_allowed("POST"));
    // Literal paths come before the patterns that would match them too.
    app.service(web::resource("/activities").post(post::handle).default_service(only_post()))
        .service(web::resource("/activities/home").get(home::handle).default_service(only_get()))
        .service(web::resource("/activities/search").get(search::handle).default_service(only_get()))
        .service(web::resource("/activities/by/{handle}").get(by_user::handle).default_service(only_get()))
        .service(
            web::resource("/activities/by/{handle}/count").get(count::handle).default_service(only_get()),
        )
        .service(web::resource("/activities/{uuid}").get(show::handle).default_service(only_get()))
        .service(web::resource("/activities/{uuid}/reply").post(reply::handle).default_service(only_post()))
        .service(web::resource("/activities/{uuid}/like").post(like::handle).default_service(only_post()))
        .service(
            web::resource("/notifications/{handle}").get(notifications::handle).default_service(only_get()),
        );
}
