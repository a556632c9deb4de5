//! The machine and the versions that were measured, for the head of a table.

use std::process::Command;

use crate::measure::Fallible;
use crate::threads::threads;

const LIBRARIES: [(&str, &str); 3] = [("DataFusion", "datafusion"), ("parquet", "parquet"), ("Polars", "polars-io")];

/// Processor, threads, memory.
pub fn machine() -> String {
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let kilobytes = field("/proc/meminfo", "MemTotal").and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    let memory = kilobytes.map(|kilobytes| format!(", {:.0} GiB", kilobytes / 1_048_576.0)).unwrap_or_default();
    let threads = match threads() {
        1 => "one thread".to_owned(),
        2 => "two threads".to_owned(),
        more => format!("{more} threads"),
    };
    format!("{processor}{memory}, {threads}")
}

/// Versions of dropoff, the compiler, and the libraries that the yardsticks use.
pub fn versions() -> Fallible<String> {
    let lock = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"))?;
    let commit = said_by("git", &["-C", env!("CARGO_MANIFEST_DIR"), "describe", "--always", "--dirty", "--tags"]);
    let dropoff = format!("dropoff {}", env!("CARGO_PKG_VERSION"));
    let mut versions = vec![commit.map_or_else(|| dropoff.clone(), |commit| format!("{dropoff} ({commit})"))];
    versions.extend(LIBRARIES.iter().filter_map(|(shown, name)| Some(format!("{shown} {}", locked(&lock, name)?))));
    versions.extend(said_by("rustc", &["--version"]));
    Ok(versions.join(", "))
}

/// The version of a package in Cargo.lock.
fn locked<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let package = lock.split("[[package]]").find(|package| package.contains(&format!("name = \"{name}\"\n")))?;
    package.split_once("version = \"")?.1.split('"').next()
}

/// What follows the name of a field in a file of the system.
fn field(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let mut fields = text.lines().filter_map(|line| line.split_once(':'));
    fields.find(|(field, _)| field.trim() == name).map(|(_, value)| value.trim().to_owned())
}

/// The first line that a program says, where there is one.
fn said_by(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()?.lines().next().map(str::to_owned)
}
