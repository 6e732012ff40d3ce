//! Routes of the users service.

use actix_web::web::{self, ServiceConfig};
use service::method::get;
use service::response::method_not_allowed;

use crate::handlers::{create, list, show, update};

pub(crate) fn configure(app: &mut ServiceConfig) {
    app.service(
        web::resource("/users")
            .route(get().to(list::handle))
            .post(create::handle)
            .default_service(web::to(method_not_allowed("GET, HEAD, POST"))),
    )
    .service(
        web::resource("/users/{handle}")
            .route(get().to(show::handle))
            .patch(update::handle)
            .default_service(web::to(method_not_allowed("GET, HEAD, PATCH"))),
    );
}
