//! The web page in a real browser, before a real server with the sample documents.
//!
//! They need chromedriver and Chromium (Debian: `apt-get install chromium chromium-driver`). Where these are not there,
//! the tests say so and pass; with `CLAUSEWISE_BROWSER_TESTS=required` they fail. `CLAUSEWISE_BROWSER=firefox` runs them
//! in Firefox through geckodriver.

mod browser;
mod check;
#[allow(dead_code, reason = "the tests of the HTTP interface use the rest")]
#[path = "../http/client.rs"]
mod client;
mod compare;
mod document;
mod duplicates;
#[allow(dead_code, reason = "the tests of the HTTP interface use the rest")]
#[path = "../http/fixture.rs"]
mod fixture;
mod frame;
mod library;
mod regions;
mod search;
