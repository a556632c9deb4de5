//! The one place that prints: answers on stdout, the conversation on stderr. What people read holds no hidden characters,
//! wherever it comes from.

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::error::{Error, Result};
use crate::visible::visible;

/// Prints. A closed pipe is no error: its reader has seen enough.
pub(super) struct Printer {
    is_closed: Cell<bool>,
}

impl Printer {
    pub fn new() -> Self {
        Printer { is_closed: Cell::new(false) }
    }

    /// Part of the answer, for people.
    pub fn answer(&self, text: impl AsRef<str>) -> Result<()> {
        self.check(io::stdout().lock().write_all(visible(text.as_ref()).as_bytes()))
    }

    /// The answer for programs, byte for byte; on a terminal, hidden characters of a text are made visible.
    pub fn data(&self, bytes: &[u8]) -> Result<()> {
        match std::str::from_utf8(bytes) {
            Ok(text) if io::stdout().is_terminal() => self.answer(text),
            _ => self.check(io::stdout().lock().write_all(bytes)),
        }
    }

    /// A line of the conversation.
    pub fn say(&self, line: impl AsRef<str>) {
        // A closed stderr is no reason to withhold the answer.
        let _ = writeln!(io::stderr().lock(), "{}", visible(line.as_ref()));
    }

    pub fn warn(&self, line: impl AsRef<str>) {
        self.say(format!("warning: {}", line.as_ref()));
    }

    pub fn error(&self, error: &Error) {
        let _ = write!(io::stderr().lock(), "{}", visible(&error.to_string()));
    }

    /// Flushes stdout.
    pub fn finish(&self) -> Result<()> {
        self.check(io::stdout().lock().flush())
    }

    /// Whether the reader of the answer has gone away.
    pub fn was_closed(&self) -> bool {
        self.is_closed.get()
    }

    /// Columns of the terminal that the answer goes to; `None` where it goes elsewhere.
    pub fn width(&self) -> Option<usize> {
        let size = io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
        size.map(|(width, _)| usize::from(width.0))
    }

    /// A bar for work on `bytes`; shown on a terminal only, and only after a second.
    pub fn bar(&self) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar
    }

    /// Shows a bar that has lasted for a second.
    pub fn show_if_long(&self, bar: &ProgressBar) {
        if bar.is_hidden() && bar.elapsed() > Duration::from_secs(1) && io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    fn check(&self, written: io::Result<()>) -> Result<()> {
        written.map_err(|error| {
            self.is_closed.set(error.kind() == io::ErrorKind::BrokenPipe);
            Error::environment("cannot write the answer").fact("found", error.to_string())
        })
    }
}
