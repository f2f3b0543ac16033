-- Functions of the policies in rls/policies.py: they read the scope of the request (session variable `binhyen.scope`,
-- kit/rls_scope.py) and look up rows with the owner's rights. Executed with the policies (rls/apply.py).

CREATE OR REPLACE FUNCTION rls_scope() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT coalesce(current_setting('binhyen.scope', true), '') $$;

CREATE OR REPLACE FUNCTION rls_is(VARIADIC parts text[]) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT string_to_array(rls_scope(), ';') && parts $$;

CREATE OR REPLACE FUNCTION rls_id(part text) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT substring(rls_scope() FROM '(?:^|;)' || part || ':([0-9]{1,18})(?:;|$)')::bigint $$;

CREATE OR REPLACE FUNCTION rls_link() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT substring(rls_scope() FROM '(?:^|;)link:([0-9a-f]{64})(?:;|$)') $$;

CREATE OR REPLACE FUNCTION rls_reporter() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT reporter_id FROM cases_report
          WHERE link_hash = substring(rls_scope() FROM '(?:^|;)link:([0-9a-f]{64})(?:;|$)') $$;

CREATE OR REPLACE FUNCTION rls_reporter_cases() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT array_agg(c.id) || array_agg(c.merged_into_id)
          FROM cases_report r JOIN cases_case c ON c.id = r.case_id WHERE r.reporter_id = rls_reporter() $$;

CREATE OR REPLACE FUNCTION rls_reporter_talks() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT array_agg(id) FROM channels_conversation WHERE reporter_id = rls_reporter() $$;

CREATE OR REPLACE FUNCTION rls_sees_main(main bigint) RETURNS boolean LANGUAGE sql STABLE COST 1 SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT EXISTS (SELECT 1 FROM cases_case
          WHERE id = main AND (unit_id = rls_id('unit') OR assignee_id = rls_id('tasks'))) $$;

CREATE OR REPLACE FUNCTION rls_sees_talk(talk bigint) RETURNS boolean LANGUAGE plpgsql STABLE COST 1
    AS $$ BEGIN RETURN EXISTS (SELECT 1 FROM cases_report WHERE conversation_id = talk)
        OR EXISTS (SELECT 1 FROM channels_message WHERE conversation_id = talk)
        OR EXISTS (SELECT 1 FROM channels_outgoing WHERE conversation_id = talk); END $$;

CREATE OR REPLACE FUNCTION rls_keeps(case_of_it bigint) RETURNS boolean LANGUAGE sql STABLE COST 1 SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT EXISTS (SELECT 1 FROM cases_case
          WHERE id = case_of_it AND excluded_officers @> ARRAY[rls_id('officer')]) $$;

CREATE OR REPLACE FUNCTION rls_tip() RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT decode(substring(rls_scope() FROM '(?:^|;)tip:([0-9a-f]{64})(?:;|$)'), 'hex') $$;

CREATE OR REPLACE FUNCTION rls_tip_case() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT case_id FROM tips_tip WHERE lookup = rls_tip() $$;

CREATE OR REPLACE FUNCTION rls_tip_lock() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT lock_id FROM tips_tip WHERE lookup = rls_tip() $$;

CREATE OR REPLACE FUNCTION rls_tip_originals() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT array_agg(f.original_lock_id) FROM tips_tipfile f JOIN tips_tip t ON t.id = f.tip_id
          WHERE t.lookup = rls_tip() $$;

CREATE OR REPLACE FUNCTION rls_tip_subject() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT 'tip:' || public_id FROM tips_tip WHERE lookup = rls_tip() $$;

CREATE OR REPLACE FUNCTION rls_words(part text) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT string_to_array(substring(rls_scope() FROM '(?:^|;)' || part || ':([^;]*)'), ',') $$;

CREATE OR REPLACE FUNCTION rls_reporter_locks() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT array_agg(lock_id) FROM conduct_complaint WHERE case_id = ANY (rls_reporter_cases()) $$;

CREATE OR REPLACE FUNCTION rls_file_is_free(file bigint) RETURNS boolean LANGUAGE sql STABLE COST 1 SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT NOT EXISTS (SELECT 1 FROM cases_evidence WHERE attachment_id = file) $$;
