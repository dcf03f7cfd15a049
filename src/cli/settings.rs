//! Flags, environment and `clausewise.toml`: one set of names for all three.
//!
//! A flag `--data-dir` has the environment variable `CLAUSEWISE_DATA_DIR` and the key `data_dir` in the file. The
//! flag wins over the environment, the environment over the file. All of it is derived from the flags as they are
//! declared, so that the three cannot drift apart.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::builder::{OsStr, Resettable, Str};
use clap::{Arg, ArgAction, Command};

use crate::error::{Error, Result};

const FILE_NAME: &str = "clausewise.toml";
const PREFIX: &str = "CLAUSEWISE_";
const CONFIG: &str = "config";

/// Gives every long flag of a command and its subcommands its environment variable.
pub(super) fn with_environment(command: Command) -> Command {
    each_flag(command, &|flag| {
        let variable = flag.get_long().map(|long| format!("{PREFIX}{}", long.replace('-', "_").to_uppercase()));
        match variable {
            Some(variable) => flag.env(Str::from(variable)),
            None => flag,
        }
    })
}

/// Gives flags the values of a settings file as their defaults.
///
/// # Errors
/// [`Error::Invalid`] for a file that is not TOML, a key that no flag has, or a value that cannot be a flag's.
pub(super) fn with_file(command: Command, path: &Path, text: &str) -> Result<Command> {
    let wrong =
        |expected: String, received: String| Error::Invalid { field: path.display().to_string(), expected, received };
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| {
        wrong("settings in TOML".to_owned(), e.to_string().trim_end().replace('\n', "\n  "))
    })?;
    let mut known = BTreeSet::new();
    keys(&command, &mut known);
    let mut values = std::collections::BTreeMap::new();
    for (key, value) in table {
        if !known.contains(&key) {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            return Err(wrong(format!("one of the keys {}", known.join(", ")), format!("the key {key:?}")));
        }
        let one = |value: &toml::Value| match value {
            toml::Value::String(text) => Some(text.clone()),
            toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Boolean(_) => Some(value.to_string()),
            _ => None,
        };
        let list = match &value {
            toml::Value::Array(items) => items.iter().map(one).collect::<Option<Vec<String>>>(),
            value => one(value).map(|value| vec![value]),
        };
        let list = list.ok_or_else(|| {
            wrong(format!("a text, number, true, false or a list of them for {key}"), value.to_string())
        })?;
        values.insert(key, list);
    }
    Ok(each_flag(command, &|flag| {
        let Some(list) = flag.get_long().and_then(|long| values.get(&long.replace('-', "_"))) else { return flag };
        let list: Vec<OsStr> = list.iter().map(|value| OsStr::from(value.clone())).collect();
        match flag.get_action() {
            ArgAction::Append => flag.default_values(list),
            _ => flag.default_value(list.into_iter().next().map_or(Resettable::Reset, Resettable::Value)),
        }
    }))
}

/// The settings file to use: the one named by `--config` or the environment, else one in the working directory, else
/// one in the platform's place for settings. `None` when there is none.
///
/// # Errors
/// [`Error::Io`] when the file that was named cannot be read.
pub(super) fn find_file(arguments: &[OsString]) -> Result<Option<(PathBuf, String)>> {
    let named = named_file(arguments).or_else(|| std::env::var_os(format!("{PREFIX}{}", CONFIG.to_uppercase())));
    if let Some(path) = named.map(PathBuf::from) {
        let text = std::fs::read_to_string(&path).map_err(Error::io(&path))?;
        return Ok(Some((path, text)));
    }
    let platform = directories::ProjectDirs::from("", "", "clausewise").map(|dirs| dirs.config_dir().join(FILE_NAME));
    for path in std::iter::once(PathBuf::from(FILE_NAME)).chain(platform) {
        match std::fs::read_to_string(&path) {
            Ok(text) => return Ok(Some((path, text))),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(Error::Io { path, source: e }),
        }
    }
    Ok(None)
}

/// The value of `--config` on the command line, which has to be known before the rest can be parsed.
fn named_file(arguments: &[OsString]) -> Option<OsString> {
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy();
        if text == "--" {
            return None;
        }
        if text == "--config" {
            return arguments.next().cloned();
        }
        if let Some(path) = text.strip_prefix("--config=") {
            return Some(path.into());
        }
    }
    None
}

fn each_flag(command: Command, change: &impl Fn(Arg) -> Arg) -> Command {
    let command = command.mut_args(|flag| if is_setting(&flag) { change(flag) } else { flag });
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, |sub| each_flag(sub, change)))
}

fn keys(command: &Command, known: &mut BTreeSet<String>) {
    known.extend(
        command
            .get_arguments()
            .filter(|flag| is_setting(flag) && flag.get_id() != CONFIG)
            .filter_map(|flag| flag.get_long())
            .map(|long| long.replace('-', "_")),
    );
    command.get_subcommands().for_each(|sub| keys(sub, known));
}

/// Flags that do something instead of setting something are left out.
fn is_setting(flag: &Arg) -> bool {
    !matches!(flag.get_action(), ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command() -> Command {
        Command::new("test")
            .arg(Arg::new("data_dir").long("data-dir"))
            .arg(Arg::new("json").long("json").action(ArgAction::SetTrue))
            .subcommand(Command::new("search").arg(Arg::new("region").long("region").action(ArgAction::Append)))
    }

    fn parsed(command: Command, line: &str) -> clap::ArgMatches {
        command.try_get_matches_from(line.split(' ')).unwrap()
    }

    #[test]
    fn a_key_of_the_file_is_the_default_of_its_flag() {
        let file = "data_dir = '/a'\njson = true\nregion = ['山东', '湖北']";
        let command = with_file(command(), Path::new("c.toml"), file).unwrap();
        let matches = parsed(command.clone(), "test search");
        assert_eq!(matches.get_one::<String>("data_dir").unwrap(), "/a");
        assert!(matches.get_flag("json"));
        let (_, search) = matches.subcommand().unwrap();
        assert_eq!(search.get_many::<String>("region").unwrap().collect::<Vec<_>>(), ["山东", "湖北"]);
        let matches = parsed(command, "test --data-dir /b search --region 广东");
        assert_eq!(matches.get_one::<String>("data_dir").unwrap(), "/b");
        let (_, search) = matches.subcommand().unwrap();
        assert_eq!(search.get_many::<String>("region").unwrap().collect::<Vec<_>>(), ["广东"]);
    }

    #[test]
    fn an_unknown_key_is_refused_with_those_that_are_known() {
        let error = with_file(command(), Path::new("c.toml"), "dta_dir = 1").unwrap_err().to_string();
        assert_eq!(error, "c.toml: expected one of the keys data_dir, json, region, received the key \"dta_dir\"");
        assert!(with_file(command(), Path::new("c.toml"), "data_dir = ").is_err());
        assert!(with_file(command(), Path::new("c.toml"), "data_dir = {a = 1}").is_err());
    }

    #[test]
    fn every_flag_has_a_variable_of_its_name() {
        let command = with_environment(command());
        let variable = |name: &str| {
            let flag = command.get_arguments().find(|flag| flag.get_id() == name).unwrap();
            flag.get_env().unwrap().to_string_lossy().into_owned()
        };
        assert_eq!(variable("data_dir"), "CLAUSEWISE_DATA_DIR");
        assert_eq!(variable("json"), "CLAUSEWISE_JSON");
    }

    #[test]
    fn the_settings_file_is_found_on_the_command_line() {
        let file = |line: &str| named_file(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert_eq!(file("x --config a.toml search"), Some("a.toml".into()));
        assert_eq!(file("x search --config=b.toml"), Some("b.toml".into()));
        assert_eq!(file("x search -- --config a.toml"), None);
    }
}
