//! A browser to look at the page with.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::fixture::Server;

/// How long something may take to show. A page takes milliseconds; a busy machine more.
const PATIENCE: Duration = Duration::from_secs(30);
const AXE: &str = include_str!("../fixtures/axe/axe.min.js");

/// A window of a browser of its own. It closes when dropped.
pub struct Page {
    runtime: Runtime,
    client: Client,
    driver: Child,
    driver_url: String,
    session: String,
    base: String,
    firefox: bool,
    _profile: TempDir,
}

impl Page {
    /// Opens an address of a server; `None` where there is no browser. 1280 by 900, Chinese, light.
    pub fn open(server: &Server, path: &str) -> Option<Page> {
        let firefox = std::env::var("CLAUSEWISE_BROWSER").is_ok_and(|name| name == "firefox");
        let Some((driver, driver_url)) = start_driver(firefox) else {
            let required = std::env::var("CLAUSEWISE_BROWSER_TESTS").is_ok_and(|value| value == "required");
            assert!(!required, "the browser tests are required, and there is no chromedriver");
            eprintln!("SKIPPED: no chromedriver (Debian: apt-get install chromium chromium-driver)");
            return None;
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let profile = tempfile::Builder::new().prefix("browser-").tempdir().unwrap();
        let capabilities = if firefox {
            json!({"moz:firefoxOptions": {"args": ["-headless"]}})
        } else {
            let data = format!("--user-data-dir={}", profile.path().display());
            json!({
                "goog:chromeOptions": {"args": [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync", data,
                    "--window-size=1280,900", "--force-device-scale-factor=1",
                ]},
                "goog:loggingPrefs": {"browser": "ALL"},
            })
        };
        let capabilities = capabilities.as_object().unwrap().clone();
        let client = runtime
            .block_on(
                ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
                    .capabilities(capabilities)
                    .connect(&driver_url),
            )
            .expect("the browser starts");
        let session = runtime.block_on(client.session_id()).unwrap().unwrap();
        let base = server.base.clone();
        let page = Page { runtime, client, driver, driver_url, session, base, firefox, _profile: profile };
        page.size(1280, 900);
        page.go(path);
        Some(page)
    }

    /// Goes to an address and waits until the view shows.
    pub fn go(&self, path: &str) {
        self.runtime.block_on(self.client.goto(&format!("{}{path}", self.base))).unwrap();
        self.wait("the view", "document.querySelector('#view')?.childElementCount > 0");
    }

    /// The address without the server's part, percent-decoded.
    pub fn address(&self) -> String {
        let value = self.run("return decodeURIComponent(location.pathname + location.search + location.hash)", &[]);
        value.as_str().unwrap().to_owned()
    }

    pub fn size(&self, width: u32, height: u32) {
        self.runtime.block_on(self.client.set_window_size(width, height)).unwrap();
    }

    /// Runs a script's body in the page.
    pub fn run(&self, body: &str, arguments: &[Value]) -> Value {
        self.runtime.block_on(self.client.execute(body, arguments.to_vec())).unwrap_or_else(|e| panic!("{body}: {e}"))
    }

    /// Waits until a script's expression is true.
    pub fn wait(&self, what: &str, expression: &str) {
        let begun = Instant::now();
        while self.run(&format!("return Boolean({expression})"), &[]) != Value::Bool(true) {
            assert!(begun.elapsed() < PATIENCE, "{what} did not come at {}: {}", self.address(), self.text("body"));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Does something with the first element that fits, once it is there. The page may put another in its place between
    /// the finding and the doing, as it may under a person's hand: then the other is taken.
    fn with<T>(&self, css: &str, act: impl Fn(Element) -> Result<T, CmdError>) -> T {
        let begun = Instant::now();
        loop {
            let found = self.runtime.block_on(self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)));
            match act(found.unwrap_or_else(|e| panic!("{css}: {e}; the page: {}", self.whole()))) {
                Ok(done) => return done,
                Err(e) => assert!(e.is_stale_element_reference() && begun.elapsed() < PATIENCE, "{css}: {e}"),
            }
        }
    }

    /// All text of the page, for messages.
    fn whole(&self) -> Value {
        self.run("return document.body.innerText", &[])
    }

    fn click_on(&self, css: &str, element: Element) -> Result<(), CmdError> {
        self.run("document.querySelector(arguments[0])?.scrollIntoView({ block: 'center' })", &[json!(css)]);
        self.runtime.block_on(element.click())
    }

    pub fn click(&self, css: &str) {
        self.with(css, |element| self.click_on(css, element));
    }

    /// Clicks the first of these elements whose text is so.
    pub fn click_text(&self, css: &str, text: &str) {
        let name = format!("clicked-{}", self.count("[data-clicked]"));
        let marked = format!("[data-clicked='{name}']");
        let mark = "const found = [...document.querySelectorAll(arguments[0])].find((e) => e.textContent.trim() === \
                    arguments[1]); if (found) found.dataset.clicked = arguments[2]; return Boolean(found)";
        let begun = Instant::now();
        loop {
            if self.run(mark, &[json!(css), json!(text), json!(name)]) == Value::Bool(true) {
                // The mark goes with the element, where the page puts another in its place.
                let found = self.runtime.block_on(self.client.find(Locator::Css(&marked)));
                match found.and_then(|element| self.click_on(&marked, element)) {
                    Ok(()) => return,
                    Err(e) => assert!(e.is_stale_element_reference() || e.is_no_such_element(), "{css} {text}: {e}"),
                }
            }
            assert!(begun.elapsed() < PATIENCE, "no {css} is {text}: {}", self.whole());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Types into an element; special keys as in [`fantoccini::key::Key`]. Of a file input, the files' paths.
    pub fn type_into(&self, css: &str, text: &str) {
        self.with(css, |element| self.runtime.block_on(element.send_keys(text)));
    }

    /// Presses keys where the focus is.
    pub fn press(&self, keys: &str) {
        let focused = self.runtime.block_on(self.client.active_element()).unwrap();
        self.runtime.block_on(focused.send_keys(keys)).unwrap();
    }

    /// The text of the first such element that shows, once there is one.
    pub fn text(&self, css: &str) -> String {
        self.with(css, |element| self.runtime.block_on(element.text()))
    }

    /// The texts of all such elements that are there now.
    pub fn texts(&self, css: &str) -> Vec<String> {
        let texts = "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent.trim())";
        serde_json::from_value(self.run(texts, &[json!(css)])).unwrap()
    }

    pub fn count(&self, css: &str) -> u64 {
        self.run("return document.querySelectorAll(arguments[0]).length", &[json!(css)]).as_u64().unwrap()
    }

    /// Switches between dark and light, and waits for the colours.
    pub fn other_theme(&self) {
        self.click("#theme");
        std::thread::sleep(Duration::from_millis(200));
    }

    /// Switches to the other language and waits for the view: once it shows, the button, made anew, has the focus.
    pub fn other_language(&self) {
        let before = self.run("return document.documentElement.lang", &[]);
        self.click("#language");
        let shown = format!("document.documentElement.lang !== {before} && document.activeElement?.id === 'language'");
        self.wait("the other language", &shown);
    }

    /// Sees that nothing keeps people with disabilities out that axe-core calls serious or critical, on the page as it
    /// is now.
    pub fn accessible(&self) {
        self.run(AXE, &[]);
        let run = "const done = arguments[arguments.length - 1];
            axe.run(document, { resultTypes: ['violations'] }).then(
              (found) => done(found.violations
                .filter((v) => ['serious', 'critical'].includes(v.impact))
                .map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.target + ' ' + n.html.slice(0, 160) + ' ' + n.failureSummary).join(' | ')}`)),
              (error) => done([String(error)]),
            );";
        let found = self.runtime.block_on(self.client.execute_async(run, Vec::new())).unwrap();
        let found = found.as_array().unwrap();
        assert!(
            found.is_empty(),
            "{} at {}:\n{}",
            found.len(),
            self.address(),
            serde_json::to_string_pretty(found).unwrap()
        );
    }

    /// Sees that the page has logged nothing that is wrong, and that its policy was never broken.
    pub fn quiet(&self) {
        self.quiet_but_for("no request is called like this");
    }

    /// The same, but for what names a request that was to be refused: browsers log those.
    pub fn quiet_but_for(&self, refused: &str) {
        if self.firefox {
            // Its driver tells nothing of the console.
            return;
        }
        let url = format!("{}/session/{}/se/log", self.driver_url, self.session);
        let mut answer = ureq::post(&url).send_json(json!({"type": "browser"})).unwrap();
        let log: Value = answer.body_mut().read_json().unwrap();
        let wrong: Vec<&Value> = log["value"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|line| line["level"] != "INFO" && line["level"] != "DEBUG")
            .filter(|line| !line["message"].as_str().is_some_and(|message| message.contains(refused)))
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    /// Sees that nothing wider than the window is on the page.
    pub fn fits(&self) {
        let widths = self.run("return [document.documentElement.scrollWidth, innerWidth]", &[]);
        assert!(widths[0].as_u64() <= widths[1].as_u64(), "{widths} at {}", self.address());
    }

    /// Counts from now on how long the page was held up at a time; [`Page::longest_task`] tells.
    pub fn count_tasks(&self) {
        self.run(
            "window.longest = 0; window.tasks = new PerformanceObserver((list) => { for (const e of list.getEntries()) \
             window.longest = Math.max(window.longest, e.duration) }); window.tasks.observe({ type: 'longtask' })",
            &[],
        );
    }

    /// The longest time that the page was held up, in milliseconds; 0 when never for more than 50.
    pub fn longest_task(&self) -> f64 {
        self.run("for (const e of window.tasks.takeRecords()) window.longest = Math.max(window.longest, e.duration); return window.longest", &[])
            .as_f64()
            .unwrap()
    }

    /// Writes what shows to a PNG file in the folder named by `CLAUSEWISE_SCREENSHOTS`, where that is set.
    pub fn picture(&self, name: &str) {
        if let Some(folder) = std::env::var_os("CLAUSEWISE_SCREENSHOTS") {
            let picture = self.runtime.block_on(self.client.screenshot()).unwrap();
            std::fs::write(std::path::Path::new(&folder).join(format!("{name}.png")), picture).unwrap();
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // The driver closes the browser; a driver that is killed leaves it.
        let _ = ureq::delete(format!("{}/session/{}", self.driver_url, self.session)).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Starts the driver on a port of its choice; `None` where there is none.
fn start_driver(firefox: bool) -> Option<(Child, String)> {
    for _ in 0..ATTEMPTS {
        let mut command = if firefox {
            let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut command = Command::new("geckodriver");
            command.arg("--port").arg(free.to_string());
            command
        } else {
            let mut command = Command::new("chromedriver");
            command.arg("--port=0");
            command
        };
        let mut driver = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        if let Some(url) = driver_url(&mut driver) {
            return Some((driver, url));
        }
        let _ = driver.wait();
    }
    panic!("the driver of the browser does not start");
}

/// Drivers that start at once may choose the same port, and all but one of them end.
const ATTEMPTS: usize = 5;

/// Where a driver listens; `None` when it ended without doing so.
fn driver_url(driver: &mut Child) -> Option<String> {
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    // "ChromeDriver was started successfully on port 41234." or "… Listening on 127.0.0.1:41234"
    let port = loop {
        let line = lines.next()?.ok()?;
        if line.contains("successfully on port") || line.contains("Listening on") {
            let digits: String =
                line.chars().rev().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
            break digits.chars().rev().collect::<String>();
        }
    };
    // What it says later must have somewhere to go.
    std::thread::spawn(move || lines.for_each(drop));
    Some(format!("http://127.0.0.1:{port}"))
}
