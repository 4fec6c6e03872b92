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
/// decides. What is needed by an object of an earlier section is drawn forward with it. In a circle, mentions order
/// nothing: a word that is a name elsewhere makes most of them.
pub(super) fn sorted(objects: &[Object]) -> Vec<&Object> {
    let circle = circles(objects);
    let before: Vec<Vec<usize>> = objects
        .iter()
        .enumerate()
        .map(|(index, object)| {
            let mentions = object.mentions.iter().copied();
            let mentions = mentions.filter(|&mentioned| circle[mentioned] != circle[index]);
            object.needs.iter().copied().chain(mentions).collect()
        })
        .collect();
    let rank = drawn_forward(objects, &before);
    let mut waiting: Vec<usize> = (0..objects.len()).collect();
    // Sorted once; the first that is ready is taken each time.
    waiting.sort_by_key(|&index| (rank[index], objects[index].rank, index));
    let mut done = vec![false; objects.len()];
    let mut result = Vec::with_capacity(objects.len());
    while !waiting.is_empty() {
        let ready = |&index: &usize| before[index].iter().all(|&needed| done[needed]);
        // A circle of needs is refused when the spec is read; here it must only not hang.
        let next = waiting.iter().position(ready).unwrap_or(0);
        let index = waiting.remove(next);
        done[index] = true;
        result.push(&objects[index]);
    }
    result
}

/// For each object the circle it is in: a number that is the same for objects that lead to each other.
fn circles(objects: &[Object]) -> Vec<usize> {
    let forward: Vec<Vec<usize>> = objects
        .iter()
        .map(|object| {
            object
                .needs
                .iter()
                .chain(&object.mentions)
                .copied()
                .collect()
        })
        .collect();
    let mut backward = vec![Vec::new(); objects.len()];
    for (index, list) in forward.iter().enumerate() {
        for &needed in list {
            backward[needed].push(index);
        }
    }
    // Kosaraju: objects in the order in which a walk leaves them, then walks against it.
    let mut left = Vec::with_capacity(objects.len());
    let mut seen = vec![false; objects.len()];
    for start in 0..objects.len() {
        walk(start, &forward, &mut seen, &mut |index| left.push(index));
    }
    let mut circle = vec![usize::MAX; objects.len()];
    let mut seen = vec![false; objects.len()];
    for &start in left.iter().rev() {
        walk(start, &backward, &mut seen, &mut |index| {
            circle[index] = start
        });
    }
    circle
}

/// Visits everything that can be reached and was not seen, and leaves each object after what it leads to.
fn walk(start: usize, edges: &[Vec<usize>], seen: &mut [bool], leave: &mut dyn FnMut(usize)) {
    if std::mem::replace(&mut seen[start], true) {
        return;
    }
    let mut path = vec![(start, 0)];
    while let Some((index, next)) = path.last_mut() {
        match edges[*index].get(*next) {
            Some(&to) => {
                *next += 1;
                if !std::mem::replace(&mut seen[to], true) {
                    path.push((to, 0));
                }
            }
            None => {
                leave(*index);
                path.pop();
            }
        }
    }
}

/// The earliest rank among an object and all that need it.
fn drawn_forward(objects: &[Object], before: &[Vec<usize>]) -> Vec<Rank> {
    let mut rank: Vec<Rank> = objects.iter().map(|object| object.rank).collect();
    loop {
        let mut changed = false;
        for (index, needs) in before.iter().enumerate() {
            for &needed in needs {
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
    fn mentions_in_a_circle_order_nothing_and_needs_still_hold() {
        let objects = [
            object(Rank::Functions, &[2], &[1]),
            object(Rank::Functions, &[], &[0]),
            object(Rank::Functions, &[], &[1]),
            object(Rank::Views, &[], &[1]),
        ];
        assert_eq!(order(&objects), [1, 2, 0, 3]);
    }
}
