//! Names of time zones, as in the IANA database.

use chrono_tz::{TZ_VARIANTS, Tz};

use super::walk::Value;
use crate::error::nearest;

/// Reads a time zone; reports a name that is none, with the nearest one.
pub(super) fn read(value: &Value<'_>) -> Option<Tz> {
    let text = value.text()?;
    if let Ok(zone) = text.parse::<Tz>() {
        return Some(zone);
    }
    let mistake = value.unknown("time zone", text).fact("expected", "an IANA name such as `Europe/Paris` or `UTC`");
    value.report(match nearest_zone(text) {
        Some(name) => mistake.hint(format!("did you mean `{name}`?")),
        None => mistake,
    });
    None
}

/// The zone of a city given alone, else the zone with the nearest name.
fn nearest_zone(text: &str) -> Option<&'static str> {
    let names = || TZ_VARIANTS.iter().map(|zone| zone.name());
    let city = text.trim().replace(' ', "_");
    let of_city = names().find(|name| name.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(&city)));
    of_city.or_else(|| nearest(text, names()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_zone_of_a_city_and_of_a_slip() {
        assert_eq!(nearest_zone("Paris"), Some("Europe/Paris"));
        assert_eq!(nearest_zone("new york"), Some("America/New_York"));
        assert_eq!(nearest_zone("Europe/Pariss"), Some("Europe/Paris"));
        assert_eq!(nearest_zone("the moon, far side"), None);
    }
}
