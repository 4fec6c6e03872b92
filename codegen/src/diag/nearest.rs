//! "Did you mean": the known word nearest to one that is not known.

/// The candidate that the author most likely meant, or none if nothing is near. Of equally near ones the first.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Words of any length reach this; beyond the length of a name, distance says nothing and costs much.
    if word.len() > 128 {
        return None;
    }
    let plain = |text: &str| {
        text.chars()
            .filter(|char| char.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect::<String>()
    };
    let wanted = plain(word);
    let length = wanted.chars().count();
    if length == 0 {
        return None;
    }
    let mut best: Option<((usize, bool), &str)> = None;
    for candidate in candidates {
        let known = plain(candidate);
        let known_length = known.chars().count();
        let distance = strsim::damerau_levenshtein(&wanted, &known);
        let close = distance <= length.max(known_length).div_ceil(3).min(4)
            && distance < length.max(known_length);
        // A word that the other begins or ends with: `description` for `desc`, `deleted_at` for `deleted`.
        let part = length >= 3
            && known_length >= 3
            && (known.starts_with(&wanted) || wanted.starts_with(&known));
        if !close && !part {
            continue;
        }
        // Of two at one distance the one with the same first letter: slips come later in a word.
        let other_start = wanted.chars().next() != known.chars().next();
        let rank = (if close { distance } else { 4 + distance }, other_start);
        if best.is_none_or(|(other, _)| rank < other) {
            best = Some((rank, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_keyboard_finds_its_word() {
        let types = ["bigint", "integer", "text", "timestamptz"];
        assert_eq!(nearest("bigitn", types), Some("bigint"));
        assert_eq!(nearest("timestmptz", types), Some("timestamptz"));
        assert_eq!(nearest("User_id", ["user_id", "users"]), Some("user_id"));
        assert_eq!(nearest("uid", ["oid", "uuid"]), Some("uuid"));
    }

    #[test]
    fn a_word_that_is_near_nothing_finds_nothing() {
        assert_eq!(nearest("frobnicate", ["bigint", "text"]), None);
        assert_eq!(nearest("", ["a"]), None);
        assert_eq!(nearest("id", ["at"]), None);
    }
}
