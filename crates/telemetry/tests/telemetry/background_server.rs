//! Servers that keep running while a test blocks on a child process.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

/// Limit of a poll.
const DEADLINE: Duration = Duration::from_secs(20);

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

/// The requests that a server has received.
#[derive(Clone, Debug, Default)]
pub(crate) struct Requests {
    heads: Arc<Mutex<Vec<String>>>,
    /// How many are answered as told; later ones are accepted.
    refused: Arc<Mutex<Option<usize>>>,
}

impl Requests {
    /// The number of requests to this path.
    pub(crate) fn to(&self, path: &str) -> usize {
        let start = format!("POST {path} ");
        self.heads.lock().expect("no panic").iter().filter(|head| head.starts_with(&start)).count()
    }

    /// The head of the first request.
    pub(crate) fn first(&self) -> Option<String> {
        self.heads.lock().expect("no panic").first().cloned()
    }

    /// Accepts requests after the first ones.
    pub(crate) fn accept_after(&self, refused: usize) {
        *self.refused.lock().expect("no panic") = Some(refused);
    }

    pub(crate) async fn wait_for(&self, path: &str, count: usize) {
        let started = Instant::now();
        while self.to(path) < count {
            assert!(started.elapsed() < DEADLINE, "{:?}", self.heads);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Notes a request. Returns whether it is accepted.
    fn note(&self, head: &str) -> bool {
        let mut heads = self.heads.lock().expect("no panic");
        heads.push(head.to_owned());
        self.refused.lock().expect("no panic").is_some_and(|refused| heads.len() > refused)
    }
}

/// Answers every request with these bytes, and counts them. Returns the URL.
pub(crate) async fn counting(response: &'static str) -> (String, Requests) {
    let requests = Requests::default();
    let noted = requests.clone();
    let address = serve(move |listener: TcpListener| async move {
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            tokio::spawn(answer(stream, response, noted.clone()));
        }
    });
    (format!("http://{}", address.await), requests)
}

async fn answer(mut stream: TcpStream, response: &'static str, requests: Requests) {
    let mut received = Vec::new();
    loop {
        let end = loop {
            let text = String::from_utf8_lossy(&received);
            let length = text.find("\r\n\r\n").and_then(|end| {
                let length = text.to_ascii_lowercase().find("content-length: ").map(|at| at + 16)?;
                let digits = text[length..].split('\r').next()?.parse::<usize>().ok()?;
                Some((end + 4, end + 4 + digits))
            });
            match length {
                Some((head, end)) if received.len() >= end => break (head, end),
                _ => {}
            }
            if stream.read_buf(&mut received).await.unwrap_or(0) == 0 {
                return;
            }
        };
        let is_accepted = requests.note(&String::from_utf8_lossy(&received[..end.0]));
        received.drain(..end.1);
        let answer = if is_accepted { "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n" } else { response };
        if stream.write_all(answer.as_bytes()).await.is_err() || answer.contains("connection: close") {
            return;
        }
    }
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
