SELECT number, note FROM tickets ORDER BY number;
--= 100 | first
--= 101 | second

SELECT obj_description('ticket_numbers'::regclass);
--= Numbers of tickets.
