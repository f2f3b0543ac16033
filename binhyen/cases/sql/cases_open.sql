-- Open cases with their clocks, reports, messages and alarms in one call, with plans that a connection prepares once.
-- The columns that Django fills with defaults are named here too: a new column without db_default needs a new version.

CREATE FUNCTION cases_open(input_rows jsonb, moment timestamptz) RETURNS TABLE (code text, id bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN RETURN QUERY
WITH input AS (
    SELECT * FROM jsonb_to_recordset(input_rows) AS r(
        public_id uuid, code text, kind text, lane text, state text, category text, urgency smallint, sensitive boolean,
        title text, unit_id bigint, area_id bigint, commune_id bigint, place text, snippet text, latitude float8, longitude float8,
        assignee_id bigint, due_at timestamptz, search_text text, search_accented tsvector, clocks jsonb, messages jsonb, by text, reporter_id bigint,
        conversation_id bigint, link_hash text, report_id uuid, alarm_next timestamptz)
), fresh AS (
    INSERT INTO cases_case (public_id, code, kind, lane, state, category, urgency, sensitive, title, unit_id, area_id,
        commune_id, place, snippet, latitude, longitude, assignee_id, opened_at, updated_at, due_at, search_text, search_accented, outcome, result,
        tip_value, state_before_merge, version)
    SELECT public_id, code, kind, lane, state, category, urgency, sensitive, title, unit_id, area_id, commune_id, place, snippet,
        latitude, longitude, assignee_id, moment, moment, due_at, search_text, search_accented, '', '', 'NONE', '', 1
    FROM input RETURNING id, code
), pairs AS (
    SELECT fresh.id AS case_id, input.* FROM fresh JOIN input USING (code)
), running AS (
    INSERT INTO cases_clock (case_id, name, label, due_at, paused_in_states, next_at)
    SELECT case_id, c->>'name', c->>'label', (c->>'due_at')::timestamptz, c->'paused_in_states', coalesce(c->>'next_at', c->>'due_at')::timestamptz
    FROM pairs, jsonb_array_elements(clocks) AS c
), reports AS (
    INSERT INTO cases_report (public_id, case_id, reporter_id, conversation_id, link_hash, at)
    SELECT report_id, case_id, reporter_id, conversation_id, link_hash, moment FROM pairs WHERE reporter_id IS NOT NULL
), links AS (
    INSERT INTO cases_casemessage (case_id, message_id, attached_at, attached_by)
    SELECT case_id, m::bigint, moment, by FROM pairs, jsonb_array_elements_text(messages) AS m
), alarms AS (
    INSERT INTO cases_alarm (case_id, escalation_level, raised_at, next_at)
    SELECT case_id, 0, moment, alarm_next FROM pairs WHERE alarm_next IS NOT NULL
)
SELECT fresh.code::text, fresh.id FROM fresh;
END $$;
