//! The claim that lets owners take turns.

use super::QueueModel;
use super::settings::and;
use crate::query::{Clause, Writer};

/// How many more jobs are looked at than are claimed, for those that others are just claiming.
const SPARE: u32 = 8;

/// Writes the statement.
///
/// `owners` steps from owner to owner through the index. Of those with the fewest running jobs, `turns` has the first ready
/// jobs. Nothing is locked so far: a lock that is not used would make others pass by. Then the jobs are locked whose turn
/// it is.
pub(super) fn write<M: QueueModel>(
    writer: &mut Writer,
    owner: &'static str,
    filter: &Clause,
    limit: u32,
) {
    let sql = M::QUEUE;
    let table = M::TABLE.name;
    let looked_at = limit.saturating_add(SPARE);
    // `FROM table WHERE …` of the ready jobs.
    let ready = |writer: &mut Writer| {
        writer
            .text(" FROM ")
            .text(table)
            .text(" WHERE ")
            .text(sql.ready);
        and(writer, filter);
    };
    writer
        .text("WITH RECURSIVE owners(owner) AS (\n    (SELECT ")
        .text(owner);
    ready(writer);
    writer
        .text(" ORDER BY ")
        .text(owner)
        .text(" LIMIT 1)\n    UNION ALL\n    SELECT (SELECT ");
    writer.text(owner);
    ready(writer);
    writer
        .text(" AND ")
        .text(owner)
        .text(" > owners.owner ORDER BY ")
        .text(owner);
    writer.text(
        " LIMIT 1)\n    FROM owners\n    WHERE owners.owner IS NOT NULL\n), busy AS (\n    SELECT ",
    );
    writer
        .text(owner)
        .text(" AS owner, count(*) AS jobs FROM ")
        .text(table);
    writer
        .text(" WHERE ")
        .text(sql.running)
        .text(" GROUP BY ")
        .text(owner);
    writer.text(
        "\n), next AS (\n    SELECT owners.owner, coalesce(busy.jobs, 0) AS jobs, random() AS chance\n    \
         FROM owners LEFT JOIN busy ON busy.owner = owners.owner\n    WHERE owners.owner IS NOT NULL\n    \
         ORDER BY 2, 3\n    LIMIT ",
    );
    writer
        .number(looked_at)
        .text("\n), turns(")
        .text(sql.turn_keys);
    writer.text(", \"place of turn\", \"jobs of turn\", \"chance of turn\") AS (\n    SELECT first.*, next.jobs, next.chance\n    \
                 FROM next CROSS JOIN LATERAL (\n        SELECT ");
    writer
        .text(sql.keys)
        .text(", row_number() OVER (ORDER BY ")
        .text(sql.order)
        .text(")");
    ready(writer);
    writer
        .text(" AND ")
        .text(owner)
        .text(" = next.owner\n        ORDER BY ")
        .text(sql.order);
    writer.text(" LIMIT ").number(looked_at);
    writer
        .text("\n    ) AS first\n), chosen AS MATERIALIZED (\n    SELECT ")
        .text(sql.keys);
    writer
        .text("\n    FROM turns JOIN ")
        .text(table)
        .text(" ON ")
        .text(sql.same_turn);
    writer.text("\n    WHERE ").text(sql.ready);
    writer.text(
        "\n    ORDER BY \"jobs of turn\" + \"place of turn\", \"chance of turn\"\n    LIMIT ",
    );
    writer.number(limit).text("\n    ").text(sql.claim_tail);
}
