//! Checks that the channels of step patterns exist.
//!
//! That is judged only where every source's channels are known beforehand: a constant, or a `map` with a `default`,
//! which together leave no other value. A log column taken as it is can hold any channel. The usual channels are never
//! refused: their source may come later.

use std::collections::BTreeSet;

use super::document::Document;
use super::model::{ColumnForm, ContactColumn, Origin, Source};
use super::walk::one_of;
use crate::journey::StepPattern;

const USUAL_CHANNELS: [&str; 8] = ["web", "phone", "agency", "email", "chat", "letter", "sms", "app"];

/// Reports every pattern whose channel is neither a usual one nor yielded by a source, with the nearest channel.
pub(super) fn check<'p>(
    document: &Document<'_>,
    sources: &[Source],
    patterns: impl IntoIterator<Item = &'p StepPattern>,
) {
    let Some(mut channels) = yielded(sources) else { return };
    channels.extend(USUAL_CHANNELS);
    let channels: Vec<&str> = channels.into_iter().collect();
    for pattern in patterns {
        let Some(channel) = pattern.channel.as_deref().filter(|channel| !channels.contains(channel)) else { continue };
        let mistake = document.mistake(pattern.line, format!("no source yields channel `{channel}`"));
        let mistake = mistake.fact("wanted by", format!("step `{}`", pattern.step)).fact("expected", one_of(&channels));
        document.report(pattern.line, mistake.did_you_mean(channel, channels.iter().copied()));
    }
}

/// The channels of all sources; `None` where they cannot be known.
fn yielded(sources: &[Source]) -> Option<BTreeSet<&str>> {
    let mut channels = BTreeSet::new();
    for source in sources {
        channels.extend(yielded_by(source.columns.get(&ContactColumn::Channel)?)?);
    }
    Some(channels)
}

fn yielded_by(form: &ColumnForm) -> Option<Vec<&str>> {
    if let Origin::Constant(channel) = &form.origin {
        let channel = form.map.get(channel).unwrap_or(channel);
        return Some(vec![channel.as_str()]);
    }
    let default = form.default.as_deref().filter(|_| !form.map.is_empty())?;
    Some(form.map.values().map(String::as_str).chain([default]).collect())
}
