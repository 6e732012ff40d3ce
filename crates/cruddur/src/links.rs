//! URLs for the user's browser. In a GitHub Codespace each port is forwarded under its own host name.

/// How the browser reaches ports of this machine.
#[derive(Clone, Debug, Default)]
pub(crate) struct Links {
    /// Name of the codespace and its forwarding domain.
    codespace: Option<(String, String)>,
}

impl Links {
    pub(crate) fn from_environment() -> Self {
        Self::new(|key| std::env::var(key).ok().filter(|value| !value.is_empty()))
    }

    fn new(var: impl Fn(&str) -> Option<String>) -> Self {
        let codespace = var("CODESPACE_NAME").zip(var("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN"));
        Self { codespace }
    }

    /// The URL for a browser: a loopback address becomes `localhost` or the forwarded host.
    pub(crate) fn browser_url(&self, url: &str) -> String {
        let Some((port, path)) = on_loopback(url) else { return url.to_owned() };
        match &self.codespace {
            Some((name, domain)) => format!("https://{name}-{port}.{domain}{path}"),
            None => format!("http://localhost:{port}{path}"),
        }
    }
}

/// Replaces the unspecified address, on which a server listens, with loopback, to which a client can connect.
pub(crate) fn with_loopback_host(url: &str) -> String {
    url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
}

/// Port and path of a URL with a loopback host.
fn on_loopback(url: &str) -> Option<(&str, &str)> {
    let rest = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"]
        .into_iter()
        .find_map(|prefix| url.strip_prefix(prefix))?;
    Some(rest.split_at(rest.find('/').unwrap_or(rest.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_a_codespace_the_url_is_the_forwarded_one() {
        let links = Links::new(|key| match key {
            "CODESPACE_NAME" => Some("fuzzy-lamp".into()),
            _ => Some("app.github.dev".into()),
        });
        assert_eq!(
            links.browser_url("http://127.0.0.1:16686/trace/1"),
            "https://fuzzy-lamp-16686.app.github.dev/trace/1"
        );
        assert_eq!(links.browser_url("http://10.0.0.7:16686"), "http://10.0.0.7:16686");
    }

    #[test]
    fn the_unspecified_address_becomes_loopback() {
        assert_eq!(with_loopback_host("http://0.0.0.0:8080"), "http://127.0.0.1:8080");
        assert_eq!(with_loopback_host("http://[::]:8080"), "http://[::1]:8080");
    }

    #[test]
    fn outside_a_codespace_loopback_becomes_localhost() {
        let links = Links::new(|_| None);
        assert_eq!(links.browser_url("http://127.0.0.1:8080"), "http://localhost:8080");
    }
}
