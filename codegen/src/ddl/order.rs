//! The order of objects: sections in their usual order, each in the author's order, and what an object needs before it.

/// Something that is made by statements that stay together.
#[derive(Clone, Debug)]
pub(super) struct Object {
    /// The heading it stands under.
    pub(super) title: &'static str,
    /// The place of its section among the sections, where nothing asks for another one.
    pub(super) rank: Rank,
    /// The statements.
    pub(super) statements: Vec<crate::pg::Statement>,
    /// What must come before it, for certain.
    pub(super) needs: Vec<usize>,
    /// What it mentions, as far as words can tell, and so should come before it.
    pub(super) mentions: Vec<usize>,
}

/// The usual order of sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Types,
    Functions,
    Tables,
    FunctionsOnTables,
    ForeignKeys,
    Indexes,
    Statistics,
    Views,
    Triggers,
    Purge,
    RowSecurity,
    Grants,
    Raw,
}

/// The objects in an order that keeps what each one needs before it. Among those that are free, the usual order
/// decides. What is needed by an object of an earlier section is drawn forward with it. Circles of mere mentions are
/// cut at the first object in the usual order.
pub(super) fn sorted(objects: &[Object]) -> Vec<&Object> {
    let rank = drawn_forward(objects);
    let mut waiting: Vec<usize> = (0..objects.len()).collect();
    // Sorted once; the first that is ready is taken each time.
    waiting.sort_by_key(|&index| (rank[index], objects[index].rank, index));
    let mut done = vec![false; objects.len()];
    let mut result = Vec::with_capacity(objects.len());
    while !waiting.is_empty() {
        let met = |list: &[usize]| list.iter().all(|&needed| done[needed]);
        let ready = |&index: &usize| met(&objects[index].needs) && met(&objects[index].mentions);
        let next = waiting
            .iter()
            .position(ready)
            .or_else(|| waiting.iter().position(|&index| met(&objects[index].needs)))
            .unwrap_or(0);
        let index = waiting.remove(next);
        done[index] = true;
        result.push(&objects[index]);
    }
    result
}

/// The earliest rank among an object and all that need it.
fn drawn_forward(objects: &[Object]) -> Vec<Rank> {
    let mut rank: Vec<Rank> = objects.iter().map(|object| object.rank).collect();
    loop {
        let mut changed = false;
        for (index, object) in objects.iter().enumerate() {
            for &needed in object.needs.iter().chain(&object.mentions) {
                if rank[needed] > rank[index] {
                    rank[needed] = rank[index];
                    changed = true;
                }
            }
        }
        if !changed {
            return rank;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(rank: Rank, needs: &[usize], mentions: &[usize]) -> Object {
        Object {
            title: "",
            rank,
            statements: Vec::new(),
            needs: needs.to_vec(),
            mentions: mentions.to_vec(),
        }
    }

    fn order(objects: &[Object]) -> Vec<usize> {
        let place = |object: &&Object| {
            objects
                .iter()
                .position(|other| std::ptr::eq(*object, other))
                .unwrap()
        };
        sorted(objects).iter().map(place).collect()
    }

    #[test]
    fn the_usual_order_holds_where_nothing_asks_for_another() {
        let objects = [
            object(Rank::Raw, &[], &[]),
            object(Rank::Tables, &[], &[]),
            object(Rank::Tables, &[], &[]),
            object(Rank::Types, &[], &[]),
        ];
        assert_eq!(order(&objects), [3, 1, 2, 0]);
    }

    #[test]
    fn what_a_table_needs_is_drawn_forward_to_it() {
        let objects = [
            object(Rank::Tables, &[], &[3]),
            object(Rank::Tables, &[], &[]),
            object(Rank::Views, &[], &[]),
            object(Rank::Raw, &[], &[]),
        ];
        assert_eq!(order(&objects), [1, 3, 0, 2]);
    }

    #[test]
    fn a_circle_of_mentions_is_cut_and_needs_still_hold() {
        let objects = [
            object(Rank::Functions, &[], &[1]),
            object(Rank::Functions, &[], &[0]),
            object(Rank::Functions, &[1], &[0]),
        ];
        assert_eq!(order(&objects), [0, 1, 2]);
    }
}
