//! What was measured, as Markdown: printed, and put into benches/README.md.

use crate::arguments::Arguments;
use crate::machine::{machine, versions};
use crate::measure::{Fallible, Measured, Yardstick, median};
use dropoff::notation::thousands;

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/README.md");
const BEGIN: &str = "<!-- yardsticks:begin -->\n";
const END: &str = "<!-- yardsticks:end -->";

const HEAD: &str = "\
| what | contacts | seconds, median (least–most) | contacts/s | yardstick | its seconds | × yardstick |
|---|---:|---:|---:|---|---:|---:|
";

/// Date, machine, versions, and the table.
pub fn section(arguments: &Arguments, measured: &[Measured]) -> Fallible<String> {
    let mut text = format!(
        "{}. {} rows asked for, seed {}, rounds: {}.\n{}.\n{}.\n\n{HEAD}",
        chrono::Utc::now().format("%Y-%m-%d"),
        thousands(arguments.contacts.into()),
        arguments.seed,
        arguments.rounds,
        machine(),
        versions()?,
    );
    for thing in measured {
        let per_second = thing.contacts as f64 / median(&thing.seconds);
        let cells = [
            format!("`{}`", thing.name),
            thousands(thing.contacts.into()),
            spread(&thing.seconds),
            thousands(per_second as i128),
        ];
        text.push_str(&rows(&cells.join(" | "), &thing.yardsticks));
    }
    Ok(text)
}

/// One row for each yardstick; what is said of the thing stands in the first.
fn rows(of_thing: &str, yardsticks: &[Yardstick]) -> String {
    let row = |(place, yardstick): (usize, &Yardstick)| {
        let before = if place == 0 { of_thing } else { " | | |" };
        let (seconds, ratio) = (spread(&yardstick.seconds), median(&yardstick.ratios));
        format!("| {before} | {} | {seconds} | {ratio:.2} |\n", yardstick.name)
    };
    yardsticks.iter().enumerate().map(row).collect()
}

/// Median, least and most.
fn spread(seconds: &[f64]) -> String {
    let least = seconds.iter().copied().fold(f64::INFINITY, f64::min);
    let most = seconds.iter().copied().fold(0.0, f64::max);
    format!("{} ({}–{})", number(median(seconds)), number(least), number(most))
}

/// Three digits that say something.
fn number(seconds: f64) -> String {
    match seconds {
        ..0.1 => format!("{seconds:.4}"),
        ..1.0 => format!("{seconds:.3}"),
        ..10.0 => format!("{seconds:.2}"),
        _ => format!("{seconds:.1}"),
    }
}

/// Replaces what stands between the marks in benches/README.md.
pub fn write(section: &str) -> Fallible<()> {
    let page = std::fs::read_to_string(README)?;
    let (head, rest) = page.split_once(BEGIN).ok_or_else(|| format!("no {} in {README}", BEGIN.trim()))?;
    let (_, tail) = rest.split_once(END).ok_or_else(|| format!("no {END} in {README}"))?;
    Ok(std::fs::write(README, format!("{head}{BEGIN}{section}{END}{tail}"))?)
}
