//! The service without tracing.

use std::io;

use actix_web::{App, HttpServer, web};

async fn feed(name: web::Path<String>) -> String {
    workload::greeting(&name)
}

fn main() -> io::Result<()> {
    workload::run(|listener| {
        let server = HttpServer::new(|| App::new().route(workload::ROUTE, web::get().to(feed)));
        Ok(server.workers(1).listen(listener)?.run())
    })
}
