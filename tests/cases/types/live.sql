SELECT attname, format_type(atttypid, atttypmod)
  FROM pg_attribute WHERE attrelid = 'everythings'::regclass AND attnum > 0
   AND attname IN ('a_numeric_p', 'a_timestamptz_p', 'an_interval_f', 'a_varbit', 'a_char', 'a_timetz', 'matrix', 'many_numbers')
 ORDER BY attnum;
--= a_numeric_p | numeric(10,2)
--= a_char | character(3)
--= a_timetz | time with time zone
--= a_timestamptz_p | timestamp(3) with time zone
--= an_interval_f | interval day to second
--= a_varbit | bit varying(8)
--= many_numbers | numeric(10,2)[]
--= matrix | integer[]

SELECT count(*) FROM pg_attribute WHERE attrelid = 'everythings'::regclass AND attnum > 0;
--= 47

INSERT INTO everythings DEFAULT VALUES RETURNING id;
--= 1
