//! Spans of time as people write them: `7d`, `30m`, `1h30m`, `500ms`.
//!
//! In: text. Out: microseconds. `None` where the text is no span, is negative, or is longer than 292,000 years.

const MILLISECOND_US: i64 = 1_000;
const SECOND_US: i64 = 1_000 * MILLISECOND_US;
const MINUTE_US: i64 = 60 * SECOND_US;
const HOUR_US: i64 = 60 * MINUTE_US;
const DAY_US: i64 = 24 * HOUR_US;

/// Reads a sum of whole numbers with a unit: `ms`, `s`, `m`, `h`, `d` or `w`. Blanks may stand between the parts.
pub fn parse(text: &str) -> Option<i64> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    let mut total_us = 0_i64;
    while !rest.is_empty() {
        let (number, after) = split_where(rest, |c| !c.is_ascii_digit());
        let (unit, after) = split_where(after.trim_start(), |c| !c.is_ascii_alphabetic());
        let part_us = number.parse::<i64>().ok()?.checked_mul(unit_us(unit)?)?;
        total_us = total_us.checked_add(part_us)?;
        rest = after.trim_start();
    }
    Some(total_us)
}

fn split_where(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

fn unit_us(unit: &str) -> Option<i64> {
    match unit {
        "ms" => Some(MILLISECOND_US),
        "s" => Some(SECOND_US),
        "m" => Some(MINUTE_US),
        "h" => Some(HOUR_US),
        "d" => Some(DAY_US),
        "w" => Some(7 * DAY_US),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_unit() {
        let spans = ["500ms", "45s", "30m", "2h", "7d", "1w"].map(parse);
        let expected = [500_000, 45_000_000, 1_800_000_000, 7_200_000_000, 604_800_000_000, 604_800_000_000];
        assert_eq!(spans, expected.map(Some));
    }

    #[test]
    fn adds_the_parts() {
        assert_eq!(parse("1h30m"), parse("90m"));
        assert_eq!(parse(" 1d 12 h "), parse("36h"));
        assert_eq!(parse("0s"), Some(0));
    }

    #[test]
    fn refuses_what_is_no_span() {
        for text in ["", " ", "7", "d", "-7d", "7 days", "1.5h", "7D", "1h-30m", "9999999999999w", "7d,", "７d"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
