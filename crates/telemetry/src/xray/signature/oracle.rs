//! Random signed requests for an independent signer: `.ci/steps/xray` has them written to a file and compares each
//! signature with botocore's.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::time::{Duration, UNIX_EPOCH};

use http::Method;
use http::header::AUTHORIZATION;
use serde_json::json;

use super::*;
use crate::env::Token;

/// Names the file.
const FILE: &str = "SIGNED_REQUESTS";
const COUNT: usize = 2_000;

const SEGMENT: &[u8] = b"abcXYZ019-._~!$&'()*+,;=:@%";
const QUERY: &[u8] = b"abcXYZ019-._~!$'()*+,;:@/?=&&%";
const VALUE: &[u8] = b"abcXYZ019 \t  -_/;=,\"";
const NAME: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789-";
const SECRET: &[u8] = b"abcdefXYZ0189+/=";

/// Xorshift: the same requests in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).expect("64 bits") % end
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    fn of<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// A text of these characters, with every `%` followed by two digits.
    fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        let mut text = String::new();
        for _ in 0..length {
            match self.of(alphabet) {
                b'%' => text += self.of(&["%20", "%2F", "%25", "%C3%A4", "%2e"]),
                byte => text.push(char::from(byte)),
            }
        }
        text
    }

    fn url(&mut self) -> String {
        let scheme = self.of(&["https", "http"]);
        let host =
            self.of(&["xray.eu-central-1.amazonaws.com", "localhost", "127.0.0.1", "Example.COM", "[::1]"]);
        let port = self.of(&["", "", ":443", ":80", ":8443"]);
        let mut url = format!("{scheme}://{host}{port}");
        for _ in 0..self.below(5) {
            let length = self.below(8);
            let segment = self.text(SEGMENT, length);
            url += "/";
            url +=
                &if self.one_in(6) { self.of(&["", ".", "..", "v1", "traces"]).to_owned() } else { segment };
        }
        if self.one_in(2) {
            let length = self.below(20);
            url = format!("{url}{}?{}", if url.ends_with(port) { "/" } else { "" }, self.text(QUERY, length));
        }
        url
    }

    fn headers(&mut self) -> Vec<(String, String)> {
        let mut headers = vec![("user-agent".to_owned(), "never signed".to_owned())];
        if !self.one_in(4) {
            headers.push((
                "content-type".to_owned(),
                self.of(&["application/x-protobuf", " text/plain;  a=b"]).to_owned(),
            ));
        }
        for _ in 0..self.below(4) {
            let (name, value) = (1 + self.below(6), self.below(20));
            let name = format!("x-amz-z{}", self.text(NAME, name));
            for _ in 0..=self.below(2) {
                headers.push((name.clone(), self.text(VALUE, value).trim().to_owned()));
            }
        }
        headers
    }

    fn keys(&mut self) -> AccessKeys {
        let mut token = |length| Token(self.text(SECRET, length));
        let (id, secret, session) = (token(20), token(40), token(200));
        AccessKeys { id, secret, session: self.one_in(2).then_some(session) }
    }
}

#[test]
fn requests_of_any_shape_are_signed() {
    let mut file = std::env::var_os(FILE).map(|path| BufWriter::new(File::create(path).expect("a file")));
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for _ in 0..COUNT {
        let (url, headers, keys) = (random.url(), random.headers(), random.keys());
        let method = random.of(&[&Method::POST, &Method::GET, &Method::PUT]).clone();
        let length = random.below(300);
        let body: Vec<u8> = (0..length).map(|_| u8::try_from(random.below(256)).expect("a byte")).collect();
        let region =
            Region(random.of(&["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"]).to_owned());
        let service = random.of(&["xray", "logs", "sts"]);
        let now =
            UNIX_EPOCH + Duration::from_secs(u64::try_from(random.below(5_000_000_000)).expect("64 bits"));
        let mut request = Request::builder().method(&method).uri(&url);
        for (name, value) in &headers {
            request = request.header(name, value);
        }
        let mut request =
            request.body(Bytes::from(body.clone())).unwrap_or_else(|error| panic!("{url}: {error}"));
        sign(&mut request, &keys, Scope { region: &region, service }, now).expect("a signature");
        let text = |name: &HeaderName| {
            request.headers().get(name).map(|value| value.to_str().expect("text").to_owned())
        };
        let authorization = text(&AUTHORIZATION).expect("a header");
        let (_, signature) = authorization.rsplit_once("Signature=").expect("a signature");
        assert!(
            signature.len() == 64 && signature.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{authorization}"
        );
        assert_eq!(text(&SECURITY_TOKEN), keys.session.as_ref().map(|token| token.0.clone()));
        if let Some(file) = &mut file {
            let line = json!({
                "method": method.as_str(), "url": url, "headers": headers, "body": body, "time": text(&DATE),
                "id": keys.id.0, "secret": keys.secret.0, "session": keys.session.map(|token| token.0),
                "region": region.0, "service": service, "authorization": authorization,
            });
            writeln!(file, "{line}").expect("a line");
        }
    }
    if let Some(file) = &mut file {
        file.flush().expect("a file");
    }
}
