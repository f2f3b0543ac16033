"""Empty what tests and benches write, at the price of what lies there.

TRUNCATE makes new files for each table and index it names, however empty: half a second of the server's processor for
all of ours, twice a test. Here only tables with rows are touched, and TRUNCATE is left to those that grew.
"""

from collections.abc import Iterable

BOOK = tuple(f"audit_{table}" for table in ("auditentry", "link", "checkpoint", "handed", "check", "waiting"))
"""The book of the audit refuses to lose a row: what keeps it is off for this one transaction."""

_STATEMENT = """
DO $$
DECLARE
    every regclass[];
    each regclass;
    holds boolean;
    counted integer;
BEGIN
    WITH RECURSIVE moving AS (
        SELECT unnest('{{{tables}}}'::regclass[])::oid AS t
        UNION SELECT conrelid FROM pg_constraint JOIN moving ON confrelid = t WHERE contype = 'f'
    )
    SELECT array_agg(t::regclass ORDER BY t) INTO every FROM moving;
    EXECUTE 'LOCK TABLE ' || array_to_string(every, ', ') || ' IN ACCESS EXCLUSIVE MODE';
    SET LOCAL session_replication_role = replica;  -- no trigger refuses, none follows
    IF (SELECT max(pg_relation_size(t)) FROM unnest(every) AS t) > 4194304 THEN
        EXECUTE 'TRUNCATE ' || array_to_string(every, ', ');
    ELSE
        FOREACH each IN ARRAY every LOOP
            EXECUTE 'SELECT EXISTS (SELECT FROM ' || each || ')' INTO holds;
            IF holds THEN EXECUTE 'DELETE FROM ' || each; END IF;
        END LOOP;
    END IF;
    WITH numbers AS MATERIALIZED (
        SELECT seqrelid AS n, seqstart FROM pg_sequence JOIN pg_depend ON objid = seqrelid
         WHERE classid = 'pg_class'::regclass AND refobjid = ANY (every) AND deptype IN ('a', 'i')
    )
    SELECT count(setval(n, seqstart, false)) INTO counted FROM numbers WHERE pg_sequence_last_value(n) IS NOT NULL;
END $$
"""


def emptying(tables: Iterable[str]) -> str:
    """The statement that empties these tables and all that hang on them, and starts their numbers over."""
    return _STATEMENT.format(tables=",".join(tables))
