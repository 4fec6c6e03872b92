//! `live.sql`: statements with what is expected of them. The format is told in `tests/cases/README.md`.

/// Statements that run together, and what is expected of the last one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// The line of the file on which it starts.
    pub(crate) line: usize,
    /// The statements.
    pub(crate) sql: String,
    /// What is expected.
    pub(crate) expectation: Expectation,
}

/// What is expected of a block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Expectation {
    /// No error.
    Success,
    /// These rows.
    Rows(Vec<String>),
    /// An error of that SQLSTATE, and of that constraint where one is named.
    Error(String, Option<String>),
}

/// The blocks of a file.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut sql = String::new();
    let mut start = 0;
    let mut expectation = Expectation::Success;
    for (index, line) in text.lines().chain([""]).enumerate() {
        if let Some(row) = line.strip_prefix("--=") {
            match &mut expectation {
                Expectation::Rows(rows) => rows.push(row.trim().to_owned()),
                _ => expectation = Expectation::Rows(vec![row.trim().to_owned()]),
            }
        } else if let Some(error) = line.strip_prefix("--!") {
            let mut words = error.split_whitespace().map(str::to_owned);
            expectation = Expectation::Error(words.next().unwrap(), words.next());
        } else if line.trim().is_empty() {
            let done = std::mem::take(&mut sql);
            let expectation = std::mem::replace(&mut expectation, Expectation::Success);
            if done.lines().any(|line| !line.starts_with("--")) {
                blocks.push(Block {
                    line: start,
                    sql: done,
                    expectation,
                });
            }
        } else {
            if sql.is_empty() {
                start = index + 1;
            }
            sql.push_str(line);
            sql.push('\n');
        }
    }
    blocks
}

#[test]
fn blocks_are_told_apart_by_empty_lines() {
    let parsed = blocks("-- why\nSELECT 1,\n 2;\n--= 1 | 2\n\nDELETE FROM t;\n\nx;\n--! 42601 c\n");
    assert_eq!(
        parsed,
        [
            Block {
                line: 1,
                sql: "-- why\nSELECT 1,\n 2;\n".to_owned(),
                expectation: Expectation::Rows(vec!["1 | 2".to_owned()]),
            },
            Block {
                line: 6,
                sql: "DELETE FROM t;\n".to_owned(),
                expectation: Expectation::Success,
            },
            Block {
                line: 8,
                sql: "x;\n".to_owned(),
                expectation: Expectation::Error("42601".to_owned(), Some("c".to_owned())),
            },
        ]
    );
}
