//! Rows that are made up: what checks, types and references ask of them.

#[path = "../cases/samples/generated/mod.rs"]
mod generated;

use generated::*;
use pgwright::test::Make;
use pgwright::{Db, RuleKind};

use crate::database::{case, load};

#[tokio::test]
async fn rows_are_as_checks_want_them_and_differ_from_each_other() {
    let database = load(&case("samples")).await;
    let db = Db::connect(&database.url()).await.unwrap();
    let mut make = Make::new(&db, 1);
    let sheets = make.many::<NewSheet>(40).await.unwrap();
    let place = &sheets[0].place;
    assert!(place.x.is_some() && place.tag.is_some(), "{place:?}");
    assert!(place.riddle.is_none(), "{place:?}");
    for sheet in sheets {
        assert!((1900..=2900).contains(&sheet.year), "{}", sheet.year);
    }
    make.many::<NewRare>(40).await.unwrap();
}

#[tokio::test]
async fn a_row_that_needs_one_of_its_own_model_refers_to_itself() {
    let database = load(&case("samples")).await;
    let db = Db::connect(&database.url()).await.unwrap();
    let mut make = Make::new(&db, 1);
    let node = make.one::<NewNode>().await.unwrap();
    assert_eq!(node.root, node.id);
    let word = make.one::<NewWord>().await.unwrap();
    assert_eq!(word.root, word.name);
}

#[tokio::test]
async fn a_check_that_nobody_understood_says_how_to_give_the_value() {
    let database = load(&case("samples")).await;
    let db = Db::connect(&database.url()).await.unwrap();
    let mut make = Make::new(&db, 1);
    for error in [
        make.one::<NewMystery>().await.map(|_| ()).unwrap_err(),
        make.one::<NewSolution>().await.map(|_| ()).unwrap_err(),
    ] {
        assert_eq!(error.violation().unwrap().kind, RuleKind::Check);
        let text = error.to_string();
        assert!(text.contains("`Mystery.riddle`"), "{text}");
        assert!(
            text.contains("`make.one_with(|_| NewMystery::new(…))`"),
            "{text}"
        );
    }
    let given = |_| NewMystery::new("ab");
    let mystery = make.one_with(given).await.unwrap();
    let solution = make.using(&mystery).one::<NewSolution>().await.unwrap();
    assert_eq!(solution.mystery_id, mystery.id);
}

#[tokio::test]
async fn a_circle_of_references_is_made_as_a_whole_where_a_key_waits() {
    let database = load(&case("samples")).await;
    let db = Db::connect(&database.url()).await.unwrap();
    let mut make = Make::new(&db, 1);
    let guild = make.one::<NewGuild>().await.unwrap();
    let leader = Hero::get(&db, guild.leader_id).await.unwrap();
    assert_eq!(leader.guild_id, guild.id);
    let hero = make.one::<NewHero>().await.unwrap();
    let guild = Guild::get(&db, hero.guild_id).await.unwrap();
    assert_eq!(guild.leader_id, hero.id);
    make.many::<NewMedal>(3).await.unwrap();
    assert_eq!(Hero::query().count(&db).await.unwrap(), 5);
    // A second hero of a guild that is there, and a guild of a hero that is.
    let other = make.using(&guild).one::<NewHero>().await.unwrap();
    assert_eq!(other.guild_id, guild.id);
    let mut make = Make::new(&db, 2);
    let own = make.using(&hero).one::<NewGuild>().await.unwrap();
    assert_eq!(own.leader_id, hero.id);
    assert!(Make::new(&db, 3).build::<NewGuild>().await.is_err());
}
