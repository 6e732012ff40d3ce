//! Links that a browser can follow: in a GitHub Codespace a port answers under a name of its own.

/// Where ports of this machine answer for a browser, when that is elsewhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Links {
    /// Name and domain.
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

    /// The same place for a browser: what listens on loopback is `localhost`, or forwarded.
    pub(crate) fn browser_url(&self, url: &str) -> String {
        let Some((port, path)) = on_loopback(url) else { return url.to_owned() };
        match &self.codespace {
            Some((name, domain)) => format!("https://{name}-{port}.{domain}{path}"),
            None => format!("http://localhost:{port}{path}"),
        }
    }
}

/// What listens on every address is called on loopback.
pub(crate) fn with_loopback_host(url: &str) -> String {
    url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
}

/// Port and path of a URL on this machine.
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
    fn a_codespace_forwards_ports_under_names() {
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
    fn what_listens_everywhere_is_called_on_loopback() {
        assert_eq!(with_loopback_host("http://0.0.0.0:8080"), "http://127.0.0.1:8080");
        assert_eq!(with_loopback_host("http://[::]:8080"), "http://[::1]:8080");
    }

    #[test]
    fn elsewhere_loopback_is_localhost() {
        let links = Links::new(|_| None);
        assert_eq!(links.browser_url("http://127.0.0.1:8080"), "http://localhost:8080");
    }
}
