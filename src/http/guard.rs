//! Keeps pages of other sites from using the service through their visitor's browser.
//!
//! There are two ways in. A page may post a form to this address: tower-http's layer refuses requests that change
//! something and that the browser says come from elsewhere. And the name of another site may be made to lead here
//! (DNS rebinding), so that its page counts as one of ours: the `Host` header tells the name, which has to be one that
//! the service is meant to have.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header, uri::Authority};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::csrf::ProtectionError;

use super::error::HttpError;
use crate::error::{Error, Result};

/// The hosts that requests may be for. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Hosts {
    listen: IpAddr,
    named: Arc<[String]>,
}

impl Hosts {
    pub(super) fn new(listen: SocketAddr, named: &[String]) -> Hosts {
        Hosts {
            listen: listen.ip().to_canonical(),
            named: named.iter().map(|name| name.to_ascii_lowercase()).collect(),
        }
    }

    /// Whether a request may be for `host`: this machine by any of its usual names, the address that is listened on,
    /// or one that the user named. Where all addresses are listened on, any address: which ones the machine has
    /// changes while it runs, and an address, unlike a name, cannot be made to lead elsewhere.
    fn allow(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        if let Ok(address) = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            let address = address.to_canonical();
            if address.is_loopback() || address == self.listen || self.listen.is_unspecified() {
                return true;
            }
        }
        host == "localhost" || host.ends_with(".localhost") || self.named.contains(&host)
    }

    fn expected(&self) -> String {
        let address = if self.listen.is_unspecified() { "an IP address".to_owned() } else { self.listen.to_string() };
        let known = ["localhost".to_owned(), address].into_iter().chain(self.named.iter().cloned());
        format!("{} (more with --allowed-host)", known.collect::<Vec<_>>().join(", "))
    }
}

/// Checks the names of hosts that a user gives.
///
/// # Errors
/// [`Error::Invalid`] for one with a scheme, port or path.
pub(crate) fn check_hosts(hosts: &[String]) -> Result<()> {
    let of_a_host = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    let plain =
        |host: &String| host.chars().all(of_a_host) && host.parse::<Authority>().is_ok_and(|a| a.host() == host);
    match hosts.iter().find(|host| !plain(host)) {
        None => Ok(()),
        Some(odd) => Err(Error::invalid("allowed_host", "a host name or address without scheme, port or path", odd)),
    }
}

/// Refuses requests for hosts that this service does not have, whatever their method: what such a page could read, it
/// could send home.
pub(super) async fn check_host(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
    let received = match request.uri().authority() {
        Some(authority) => authority.to_string(),
        None => text(request.headers(), "host"),
    };
    let allowed = received.parse::<Authority>().is_ok_and(|authority| hosts.allow(authority.host()));
    if allowed {
        next.run(request).await
    } else {
        HttpError::Host { expected: hosts.expected(), received }.into_response()
    }
}

/// Puts the refusals of tower-http's layer, which is to be within this one, into the service's form.
pub(super) async fn explain_cross_site(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let field = if headers.contains_key("sec-fetch-site") { "sec-fetch-site" } else { "origin" };
    let received = match field {
        "origin" => text(headers, "origin"),
        _ => format!("{} from {}", text(headers, field), text(headers, "origin")),
    };
    let response = next.run(request).await;
    if response.extensions().get::<ProtectionError>().is_none() {
        return response;
    }
    HttpError::CrossSite { field, received }.into_response()
}

fn text(headers: &HeaderMap, name: &str) -> String {
    let name = header::HeaderName::from_bytes(name.as_bytes()).ok();
    let value = name.and_then(|name| headers.get(name));
    value.map_or_else(|| "none".to_owned(), |value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(listen: &str, named: &[&str]) -> Hosts {
        Hosts::new(listen.parse().unwrap(), &named.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_local_service_is_known_by_the_names_of_this_machine_alone() {
        let local = hosts("127.0.0.1:8080", &[]);
        for host in
            ["127.0.0.1", "localhost", "LocalHost.", "clauses.localhost", "[::1]", "127.9.9.9", "[::ffff:127.0.0.1]"]
        {
            assert!(local.allow(host), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "evillocalhost",
            "192.0.2.7",
            "0.0.0.0",
            "",
            "127.0.0.1.evil.example",
        ] {
            assert!(!local.allow(host), "{host}");
        }
    }

    #[test]
    fn a_service_on_other_addresses_is_known_by_them_and_by_names_it_was_given() {
        let one = hosts("192.0.2.7:80", &["Clauses.Example"]);
        assert!(one.allow("192.0.2.7") && one.allow("clauses.example") && one.allow("CLAUSES.EXAMPLE"));
        assert!(!one.allow("192.0.2.8") && !one.allow("other.example"));
        for all in ["0.0.0.0:80", "[::]:80"] {
            assert!(hosts(all, &[]).allow("192.0.2.8") && hosts(all, &[]).allow("[2001:db8::1]"), "{all}");
            assert!(!hosts(all, &[]).allow("evil.example"), "{all}");
        }
        assert_eq!(one.expected(), "localhost, 192.0.2.7, clauses.example (more with --allowed-host)");
    }

    #[test]
    fn a_host_is_given_without_scheme_port_or_path() {
        let check = |host: &str| check_hosts(&[host.to_owned()]);
        for host in ["clauses.example", "192.0.2.7", "[2001:db8::1]"] {
            assert!(check(host).is_ok(), "{host}");
        }
        for host in ["", "clauses.example:8080", "https://clauses.example", "clauses.example/", "a b", "*"] {
            match check(host) {
                Err(Error::Invalid { field, .. }) => assert_eq!(field, "allowed_host"),
                other => panic!("{host}: {other:?}"),
            }
        }
    }
}
