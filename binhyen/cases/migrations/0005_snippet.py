"""How the telling of a case begins stands on the case: the desk's list needs no join for it."""

from django.db import migrations, models

FILL = """
UPDATE cases_case c SET snippet = left(first.text, 160)
FROM (
    SELECT DISTINCT ON (l.case_id) l.case_id, m.text FROM cases_casemessage l
    JOIN channels_message m ON m.id = l.message_id WHERE l.detached_at IS NULL ORDER BY l.case_id, l.id
) AS first
WHERE first.case_id = c.id
"""
OPEN = """
CREATE OR REPLACE FUNCTION cases_open(input_rows jsonb, moment timestamptz) RETURNS TABLE (code text, id bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN RETURN QUERY
WITH input AS (
    SELECT * FROM jsonb_to_recordset(input_rows) AS r(
        public_id uuid, code text, kind text, lane text, state text, category text, urgency smallint, sensitive boolean,
        title text, unit_id bigint, area_id bigint, commune_id bigint, place text, snippet text, latitude float8, longitude float8,
        assignee_id bigint, due_at timestamptz, folded text, clocks jsonb, messages jsonb, by text, reporter_id bigint,
        conversation_id bigint, link_hash text, report_id uuid, alarm_next timestamptz)
), fresh AS (
    INSERT INTO cases_case (public_id, code, kind, lane, state, category, urgency, sensitive, title, unit_id, area_id,
        commune_id, place, snippet, latitude, longitude, assignee_id, opened_at, updated_at, due_at, folded, outcome, result,
        grade, state_before_merge, version)
    SELECT public_id, code, kind, lane, state, category, urgency, sensitive, title, unit_id, area_id, commune_id, place, snippet,
        latitude, longitude, assignee_id, moment, moment, due_at, folded, '', '', 'NONE', '', 1
    FROM input RETURNING id, code
), pairs AS (
    SELECT fresh.id AS case_id, input.* FROM fresh JOIN input USING (code)
), running AS (
    INSERT INTO cases_clock (case_id, name, label, due_at, stops_at)
    SELECT case_id, c->>'name', c->>'label', (c->>'due_at')::timestamptz, c->'stops_at'
    FROM pairs, jsonb_array_elements(clocks) AS c
), reports AS (
    INSERT INTO cases_report (public_id, case_id, reporter_id, conversation_id, link_hash, at)
    SELECT report_id, case_id, reporter_id, conversation_id, link_hash, moment FROM pairs WHERE reporter_id IS NOT NULL
), links AS (
    INSERT INTO cases_casemessage (case_id, message_id, attached_at, attached_by)
    SELECT case_id, m::bigint, moment, by FROM pairs, jsonb_array_elements_text(messages) AS m
), alarms AS (
    INSERT INTO cases_alarm (case_id, stage, raised_at, next_at)
    SELECT case_id, 0, moment, alarm_next FROM pairs WHERE alarm_next IS NOT NULL
)
SELECT fresh.code::text, fresh.id FROM fresh;
END $$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION cases_open(input_rows jsonb, moment timestamptz) RETURNS TABLE (code text, id bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN RETURN QUERY
WITH input AS (
    SELECT * FROM jsonb_to_recordset(input_rows) AS r(
        public_id uuid, code text, kind text, lane text, state text, category text, urgency smallint, sensitive boolean,
        title text, unit_id bigint, area_id bigint, commune_id bigint, place text, latitude float8, longitude float8,
        assignee_id bigint, due_at timestamptz, folded text, clocks jsonb, messages jsonb, by text, reporter_id bigint,
        conversation_id bigint, link_hash text, report_id uuid, alarm_next timestamptz)
), fresh AS (
    INSERT INTO cases_case (public_id, code, kind, lane, state, category, urgency, sensitive, title, unit_id, area_id,
        commune_id, place, latitude, longitude, assignee_id, opened_at, updated_at, due_at, folded, outcome, result,
        grade, state_before_merge, version)
    SELECT public_id, code, kind, lane, state, category, urgency, sensitive, title, unit_id, area_id, commune_id, place,
        latitude, longitude, assignee_id, moment, moment, due_at, folded, '', '', 'NONE', '', 1
    FROM input RETURNING id, code
), pairs AS (
    SELECT fresh.id AS case_id, input.* FROM fresh JOIN input USING (code)
), running AS (
    INSERT INTO cases_clock (case_id, name, label, due_at, stops_at)
    SELECT case_id, c->>'name', c->>'label', (c->>'due_at')::timestamptz, c->'stops_at'
    FROM pairs, jsonb_array_elements(clocks) AS c
), reports AS (
    INSERT INTO cases_report (public_id, case_id, reporter_id, conversation_id, link_hash, at)
    SELECT report_id, case_id, reporter_id, conversation_id, link_hash, moment FROM pairs WHERE reporter_id IS NOT NULL
), links AS (
    INSERT INTO cases_casemessage (case_id, message_id, attached_at, attached_by)
    SELECT case_id, m::bigint, moment, by FROM pairs, jsonb_array_elements_text(messages) AS m
), alarms AS (
    INSERT INTO cases_alarm (case_id, stage, raised_at, next_at)
    SELECT case_id, 0, moment, alarm_next FROM pairs WHERE alarm_next IS NOT NULL
)
SELECT fresh.code::text, fresh.id FROM fresh;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_open_and_trace"), ("channels", "0002_take_in")]
    operations = [
        migrations.AddField("case", "snippet", models.CharField(blank=True, default="", max_length=160), False),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(OPEN, BEFORE),
    ]
