//! Servers that keep running while a test blocks on a child process.

use std::net::SocketAddr;
use std::sync::OnceLock;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
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

/// Answers every request with these bytes. Returns the URL.
pub(crate) async fn answering(response: &'static str) -> String {
    let address = serve(move |listener: TcpListener| async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            tokio::spawn(async move {
                let mut request = vec![0; 1 << 16];
                while stream.read(&mut request).await.is_ok_and(|length| length > 0) {
                    if stream.write_all(response.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    format!("http://{}", address.await)
}
