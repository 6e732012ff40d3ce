//! Servers that keep running while a test blocks on a child process.

use std::net::SocketAddr;
use std::sync::OnceLock;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Runs `server` on a separate runtime until the tests end. Returns its address.
pub(crate) async fn serve<F>(server: impl FnOnce(TcpListener) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| Runtime::new().expect("a runtime"));
    let listening = runtime.spawn(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(server(listener));
        address
    });
    listening.await.expect("no panic")
}
