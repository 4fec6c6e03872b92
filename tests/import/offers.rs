//! Triggers of other makings that are one of the language's kinds: offered in a comment, imported as SQL.

use crate::round::{database, round};

const SCHEMA: &str = "
CREATE TYPE state AS ENUM ('new', 'paid', 'sent');
CREATE TABLE customers (id integer PRIMARY KEY, changed_at timestamptz, order_count integer NOT NULL DEFAULT 0, spent bigint NOT NULL DEFAULT 0);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers, amount bigint NOT NULL, state state NOT NULL);
CREATE TABLE entries (id integer PRIMARY KEY, note text);
";

/// What a trigger does, and what is offered for it; nothing where none of the kinds does the same.
const TRIGGERS: &[(&str, &[&str])] = &[
    ("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.changed_at := now(); RETURN NEW; END; $$;
      CREATE TRIGGER t BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION f();",
     &["kind = \"touch\"", "column = \"changed_at\"", "on = [\"Customer\"]"]),
    ("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.changed_at := now(); PERFORM 1; RETURN NEW; END; $$;
      CREATE TRIGGER t BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION f();", &[]),
    ("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.changed_at := now(); RETURN NEW; END; $$;
      CREATE TRIGGER t BEFORE INSERT OR UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION f();", &[]),
    ("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'never'; END $$;
      CREATE TRIGGER t BEFORE UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION f();",
     &["kind = \"immutable\"", "deny = [\"update\", \"delete\"]"]),
    ("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.note = '' THEN RAISE EXCEPTION 'never'; END IF; RETURN NEW; END $$;
      CREATE TRIGGER t BEFORE UPDATE ON entries FOR EACH ROW EXECUTE FUNCTION f();", &[]),
    ("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'INSERT' THEN UPDATE customers SET order_count = order_count + 1 WHERE id = NEW.customer_id; RETURN NEW;
        ELSE UPDATE customers SET order_count = order_count - 1 WHERE id = OLD.customer_id; RETURN OLD; END IF; END $$;
      CREATE TRIGGER t AFTER INSERT OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION f();",
     &["kind = \"counter\"", "count = \"Order\"", "by = \"customer_id\"", "into = \"Customer.order_count\""]),
    ("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE public.customers SET spent = customers.spent + NEW.amount WHERE customers.id = NEW.customer_id; RETURN NULL; END $$;
      CREATE TRIGGER t AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f();",
     &["kind = \"sum\"", "sum = \"amount\"", "of = \"Order\"", "into = \"Customer.spent\""]),
    ("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE customers SET order_count = order_count + 1 WHERE id = NEW.customer_id; INSERT INTO entries VALUES (1); RETURN NULL; END $$;
      CREATE TRIGGER t AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f();", &[]),
    ("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NOT ((OLD.state = 'new' AND NEW.state = 'paid') OR (OLD.state = 'paid' AND NEW.state IN ('sent', 'new'))) THEN
          RAISE EXCEPTION 'no such move'; END IF; RETURN NEW; END $$;
      CREATE TRIGGER t BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION f();",
     &["kind = \"transitions\"", "on = \"Order.state\"", "allow = { new = [\"paid\"], paid = [\"sent\", \"new\"] }"]),
];

#[tokio::test]
async fn a_trigger_that_is_one_of_the_kinds_is_offered_as_it_and_stays_sql() {
    for (sql, offered) in TRIGGERS {
        let database = database(&format!("{SCHEMA}{sql}")).await;
        let imported = round(&database)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert!(
            imported.text.contains("kind = \"sql\""),
            "{}",
            imported.text
        );
        assert_eq!(
            imported.offers,
            usize::from(!offered.is_empty()),
            "{sql}\n{}",
            imported.text
        );
        for line in *offered {
            assert!(
                imported.text.contains(&format!("#   {line}\n")),
                "{line} is not offered for {sql}\n{}",
                imported.text
            );
        }
    }
}
