SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE contype = 'f' ORDER BY conrelid::regclass::text, conname;
--= cities | fk_cities_country_code | FOREIGN KEY (country_code) REFERENCES countries(code) ON UPDATE CASCADE ON DELETE CASCADE
--= cities | fk_cities_twin_id | FOREIGN KEY (twin_id) REFERENCES cities(id) ON DELETE SET NULL
--= countries | fk_countries_capital_id | FOREIGN KEY (capital_id) REFERENCES cities(id) ON DELETE SET NULL
--= visits | fk_number | FOREIGN KEY (city_number) REFERENCES cities(number) DEFERRABLE INITIALLY DEFERRED
--= visits | fk_visits_again | FOREIGN KEY (again) REFERENCES cities(id) DEFERRABLE NOT VALID
--= visits | fk_visits_guide | FOREIGN KEY (guide) REFERENCES cities(id) ON DELETE SET DEFAULT
--= visits | fk_visits_region_short | FOREIGN KEY (region, short) REFERENCES countries(region, short) ON UPDATE SET NULL ON DELETE RESTRICT
