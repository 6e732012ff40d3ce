//! Routes of the users service.

use actix_web::web::{self, ServiceConfig};
use service::response::method_not_allowed;

use crate::handlers::{create, list, show, update};

pub(crate) fn configure(app: &mut ServiceConfig) {
    app.service(
        web::resource("/users")
            .get(list::handle)
            .post(create::handle)
            .default_service(web::to(method_not_allowed("GET, POST"))),
    )
    .service(
        web::resource("/users/{handle}")
            .get(show::handle)
            .patch(update::handle)
            .default_service(web::to(method_not_allowed("GET, PATCH"))),
    );
}
