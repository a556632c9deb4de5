//! Text → numbers, truth values and spans, as logs write them. What cannot be read is `None`, never a guess.

use crate::config::Decimal;

/// A number. A point is always understood as the decimal mark, a comma only where the source says so.
pub(super) fn number(text: &str, decimal: Decimal) -> Option<f64> {
    let parsed = text.parse::<f64>().ok().or_else(|| {
        let with_comma = decimal == Decimal::Comma && text.matches(',').count() == 1 && !text.contains('.');
        with_comma.then(|| text.replace(',', ".").parse().ok()).flatten()
    });
    parsed.filter(|number| number.is_finite())
}

/// A whole number; `12.0` is one.
pub(super) fn whole(text: &str, decimal: Decimal) -> Option<i64> {
    text.parse().ok().or_else(|| {
        let number = number(text, decimal)?;
        // Beyond 2^53 a float no longer tells whole numbers apart.
        (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
    })
}

/// True or false, in the words of many logs.
pub(super) fn truth(text: &str) -> Option<bool> {
    let any = |words: [&str; 5]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if any(["true", "t", "yes", "y", "1"]) {
        Some(true)
    } else if any(["false", "f", "no", "n", "0"]) {
        Some(false)
    } else {
        None
    }
}

/// Seconds, as a number or as `h:mm:ss` or `mm:ss`.
pub(super) fn seconds(text: &str, decimal: Decimal) -> Option<f64> {
    if let Some(number) = number(text, decimal) {
        return Some(number);
    }
    let parts: Vec<&str> = text.split(':').collect();
    if !(2..=3).contains(&parts.len()) {
        return None;
    }
    parts.iter().try_fold(0.0, |seconds, part| {
        let is_plain = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let part = is_plain.then(|| part.parse::<f64>().ok()).flatten()?;
        Some(seconds * 60.0 + part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_point_and_comma() {
        assert_eq!(number("2.75", Decimal::Point), Some(2.75));
        assert_eq!(number("2,75", Decimal::Point), None);
        assert_eq!(number("2,75", Decimal::Comma), Some(2.75));
        assert_eq!(number("2.75", Decimal::Comma), Some(2.75));
        assert_eq!(number("1.234,5", Decimal::Comma), None);
        assert_eq!(number("NaN", Decimal::Point), None);
        assert_eq!(whole("12.0", Decimal::Point), Some(12));
        assert_eq!(whole("12.5", Decimal::Point), None);
        assert_eq!(whole("9223372036854775807", Decimal::Point), Some(i64::MAX));
    }

    #[test]
    fn durations_as_numbers_and_clocks() {
        assert_eq!(seconds("90", Decimal::Point), Some(90.0));
        assert_eq!(seconds("1:30", Decimal::Point), Some(90.0));
        assert_eq!(seconds("1:01:30", Decimal::Point), Some(3690.0));
        assert_eq!(seconds("1h", Decimal::Point), None);
    }

    #[test]
    fn truths() {
        assert_eq!((truth("Yes"), truth("0"), truth("maybe")), (Some(true), Some(false), None));
    }
}
