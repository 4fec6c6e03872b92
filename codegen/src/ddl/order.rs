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

/// The objects in the usual order, each with what it needs and mentions right before it, as far as that is not there
/// yet. In a circle, mentions order nothing: a word that is a name elsewhere makes most of them.
pub(super) fn sorted(objects: &[Object]) -> Vec<&Object> {
    let circle = circles(objects);
    let usual = |&index: &usize| (objects[index].rank, index);
    let before: Vec<Vec<usize>> = objects
        .iter()
        .enumerate()
        .map(|(index, object)| {
            let mentions = object.mentions.iter().copied();
            let mentions = mentions.filter(|&mentioned| circle[mentioned] != circle[index]);
            let mut before: Vec<usize> = object.needs.iter().copied().chain(mentions).collect();
            before.sort_by_key(usual);
            before
        })
        .collect();
    let mut starts: Vec<usize> = (0..objects.len()).collect();
    starts.sort_by_key(usual);
    let mut result = Vec::with_capacity(objects.len());
    let mut seen = vec![false; objects.len()];
    for start in starts {
        // A circle of needs is refused when the spec is read; the walk would cut it where it is closed.
        walk(start, &before, &mut seen, &mut |index| {
            result.push(&objects[index])
        });
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
    fn what_a_table_needs_stands_right_before_it() {
        let objects = [
            object(Rank::Tables, &[], &[]),
            object(Rank::Tables, &[], &[4]),
            object(Rank::Tables, &[], &[]),
            object(Rank::Views, &[], &[]),
            object(Rank::Raw, &[], &[]),
        ];
        assert_eq!(order(&objects), [0, 4, 1, 2, 3]);
    }

    #[test]
    fn mentions_in_a_circle_order_nothing_and_needs_still_hold() {
        let objects = [
            object(Rank::Functions, &[2], &[1]),
            object(Rank::Functions, &[], &[0]),
            object(Rank::Functions, &[], &[1]),
            object(Rank::Views, &[], &[1]),
        ];
        assert_eq!(order(&objects), [2, 0, 1, 3]);
    }
}
