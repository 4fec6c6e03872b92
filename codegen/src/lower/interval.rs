//! Whether a text is an interval that PostgreSQL reads, without a server.

/// Units, in the forms that PostgreSQL knows them.
const UNITS: &[&str] = &[
    "microsecond",
    "us",
    "usec",
    "usecond",
    "millisecond",
    "ms",
    "msec",
    "msecond",
    "second",
    "s",
    "sec",
    "minute",
    "m",
    "min",
    "hour",
    "h",
    "hr",
    "day",
    "d",
    "week",
    "w",
    "month",
    "mon",
    "year",
    "y",
    "yr",
    "decade",
    "dec",
    "century",
    "centuries",
    "c",
    "cent",
    "millennium",
    "millennia",
    "mil",
];

/// Whether the text is one: `30 days`, `1 year 2 mons`, `12:30`, `P3DT4H`, `-1 week`, `90`.
pub(super) fn is_interval(text: &str) -> bool {
    let lower = text.trim().to_ascii_lowercase();
    if let Some(iso) = lower.strip_prefix('p') {
        return is_iso(iso);
    }
    let mut words = Vec::new();
    for word in lower.trim_start_matches('@').split_whitespace() {
        // `3days` is a number and its unit.
        let end = word
            .find(|char: char| char.is_ascii_alphabetic())
            .unwrap_or(word.len());
        let (number, unit) = word.split_at(end);
        words.extend([number, unit].into_iter().filter(|part| !part.is_empty()));
    }
    if words.last() == Some(&"ago") {
        words.pop();
    }
    let mut rest = words.as_slice();
    let mut any = false;
    loop {
        rest = match rest {
            [] => return any,
            [clock, rest @ ..] if is_clock(clock) => rest,
            [number, unit, rest @ ..] if is_number(number) && is_unit(unit) => rest,
            // A number without a unit counts seconds, two with a line between them years and months.
            [last] if is_number(last) => &[],
            [months, rest @ ..]
                if months
                    .split_once('-')
                    .is_some_and(|(years, months)| is_digits(years) && is_digits(months)) =>
            {
                rest
            }
            _ => return false,
        };
        any = true;
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_number(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    is_digits(whole) && (fraction.is_empty() || is_digits(fraction))
}

fn is_unit(text: &str) -> bool {
    UNITS.contains(&text)
        || text
            .strip_suffix('s')
            .is_some_and(|unit| UNITS.contains(&unit))
}

/// `12:30` and `12:30:15.5`.
fn is_clock(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let parts: Vec<&str> = text.split(':').collect();
    match parts.as_slice() {
        [hours, minutes] => is_digits(hours) && is_digits(minutes),
        [hours, minutes, seconds] => is_digits(hours) && is_digits(minutes) && is_number(seconds),
        _ => false,
    }
}

/// What follows the `P` of ISO 8601.
fn is_iso(text: &str) -> bool {
    let (date, time) = text.split_once('t').unwrap_or((text, ""));
    let part = |part: &str, units: &[char]| {
        let numbers: Vec<&str> = part.split(units).collect();
        // Each unit follows its number, so that nothing is left after the last one.
        part.is_empty()
            || numbers.last() == Some(&"")
                && numbers[..numbers.len() - 1]
                    .iter()
                    .all(|number| is_number(number))
    };
    text.contains(|char: char| char.is_ascii_digit())
        && part(date, &['y', 'm', 'w', 'd'])
        && part(time, &['h', 'm', 's'])
}

#[cfg(test)]
mod tests {
    use super::is_interval;

    #[test]
    fn intervals_are_told_from_other_texts() {
        for good in [
            "30 days",
            "1 day",
            "1.5 hours",
            "-1 week",
            "1 year 2 mons 3 days",
            "12:30",
            "1 day 12:30:15.5",
            "3days",
            "90",
            "P3DT4H",
            "p1y2m",
            "PT15M",
            "@ 1 minute ago",
            "1-2",
            "2 decades",
            "10 ms",
            "1 millennium",
        ] {
            assert!(is_interval(good), "{good}");
        }
        for bad in [
            "",
            "day",
            "30 daéys",
            "30 ß",
            "char(3)",
            "1 2 days",
            "P",
            "PT",
            "P3",
            "30 days; DROP TABLE x",
            "1 day x",
            "99999999999999999999 day",
            "1:2:3:4",
            "30 days 5 x",
        ] {
            assert!(!is_interval(bad), "{bad}");
        }
    }
}
