DROP VIEW forgotten;
