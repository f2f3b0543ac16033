"""Fast truncation of tables for tests and benches.

TRUNCATE creates new files for each table and index, even if empty: half a second of the server's processor for all of
ours, twice a test. Here only tables with rows are touched, and TRUNCATE is used only for those that grew.
"""

KEPT_TABLES = (
    "areas_alias",
    "areas_area",
    "areas_areaversion",
    "areas_revision",
    "areas_succession",
    "areas_unit",
    "auth_permission",
    "channels_channel",
    "channels_grouprules",
    "django_content_type",
    "django_migrations",
    "vault_groupkey",
)
"""Tables with rows in a new installation. This list, not the opposite, so that a new table is emptied automatically:
a worker started by a test also writes rows of its scheduled jobs (a nightly cleanup at 18:11 UTC)."""

EMPTY_TABLES_SQL = f"""
DO $$
DECLARE
    every regclass[];
    each regclass;
    holds boolean;
    counted integer;
BEGIN
    SELECT array_agg(oid::regclass ORDER BY oid) INTO every FROM pg_class
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> ALL ('{{{",".join(KEPT_TABLES)}}}');
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
"""SQL that empties all other tables (the append-only audit log, too) and resets their sequences."""
