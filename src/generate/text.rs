//! Numbers, clients and moments as text, without allocating.

use chrono::{DateTime, Datelike};

use super::options::DAY_S;

/// Writes moments as `2026-01-01T00:00:00Z`; the date is kept from one to the next.
#[derive(Debug)]
pub(super) struct Moments {
    day: i64,
    text: [u8; 20],
}

impl Moments {
    pub fn new() -> Self {
        Moments { day: i64::MIN, text: *b"0000-00-00T00:00:00Z" }
    }

    /// Writes a moment: seconds since 1970.
    pub fn put(&mut self, line: &mut Vec<u8>, at: i64) {
        let (day, second) = (at.div_euclid(DAY_S), at.rem_euclid(DAY_S));
        if day != self.day {
            self.day = day;
            let date = DateTime::from_timestamp(day * DAY_S, 0).unwrap_or_default();
            self.two(0, i64::from(date.year()) / 100);
            self.two(2, i64::from(date.year()) % 100);
            self.two(5, i64::from(date.month()));
            self.two(8, i64::from(date.day()));
        }
        self.two(11, second / 3600);
        self.two(14, second / 60 % 60);
        self.two(17, second % 60);
        line.extend_from_slice(&self.text);
    }

    fn two(&mut self, place: usize, value: i64) {
        self.text[place] = b'0' + (value / 10) as u8;
        self.text[place + 1] = b'0' + (value % 10) as u8;
    }
}

/// Writes a client: `C000000123`.
pub(super) fn put_client(line: &mut Vec<u8>, client: u64) {
    line.push(b'C');
    put_digits(line, client, 9);
}

/// Writes a whole number.
pub(super) fn put_number(line: &mut Vec<u8>, number: i64) {
    if number < 0 {
        line.push(b'-');
    }
    put_digits(line, number.unsigned_abs(), 1);
}

/// Writes at least so many digits.
fn put_digits(line: &mut Vec<u8>, number: u64, least: usize) {
    let mut digits = [b'0'; 20];
    let mut first = digits.len();
    let mut left = number;
    while left > 0 {
        first -= 1;
        digits[first] = b'0' + (left % 10) as u8;
        left /= 10;
    }
    line.extend_from_slice(&digits[first.min(digits.len() - least)..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(put: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut line = Vec::new();
        put(&mut line);
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn moments_numbers_and_clients() {
        let mut moments = Moments::new();
        assert_eq!(text(|line| moments.put(line, 1_767_225_600)), "2026-01-01T00:00:00Z");
        assert_eq!(text(|line| moments.put(line, 1_767_225_600 + 86_399)), "2026-01-01T23:59:59Z");
        assert_eq!(text(|line| moments.put(line, 951_782_400)), "2000-02-29T00:00:00Z");
        assert_eq!(text(|line| put_client(line, 123)), "C000000123");
        assert_eq!(text(|line| put_client(line, 12_345_678_901)), "C12345678901");
        let numbers = [0, 7, -15, i64::MAX];
        assert_eq!(numbers.map(|number| text(|line| put_number(line, number))), numbers.map(|n| n.to_string()));
    }
}
