"""A word in private that lies sealed opens the way for letters on its own case alone, as one that lies apart does: by an
answer that arrives the unit whose group it was would learn that its author told us more.
"""

from django.db import migrations

OPENLY = """
CREATE OR REPLACE FUNCTION cases_spoke_openly(talks bigint[]) RETURNS TABLE (talk bigint, at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT m.conversation_id, max(m.sent_at) FROM channels_message m
    WHERE m.conversation_id = ANY (talks) AND m.sealed IS NULL AND (
        NOT EXISTS (SELECT 1 FROM cases_casemessage l JOIN cases_case c ON c.id = l.case_id
                    WHERE l.message_id = m.id AND l.detached_at IS NULL AND c.apart)
        OR EXISTS (SELECT 1 FROM cases_casemessage l JOIN cases_case c ON c.id = l.case_id
                   WHERE l.message_id = m.id AND l.detached_at IS NULL AND NOT c.apart))
    GROUP BY m.conversation_id
$$
"""
ON = """
CREATE FUNCTION cases_spoke_on(cases bigint[]) RETURNS TABLE (case_id bigint, talk bigint, at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT l.case_id, m.conversation_id, max(m.sent_at) FROM cases_casemessage l
    JOIN channels_message m ON m.id = l.message_id JOIN cases_case c ON c.id = l.case_id
    WHERE l.case_id = ANY (cases) AND l.detached_at IS NULL AND NOT c.apart
        AND m.sealed IS NOT NULL AND m.conversation_id IS NOT NULL
    GROUP BY l.case_id, m.conversation_id
$$
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0024_news"), ("channels", "0019_echoes")]
    operations = [
        migrations.RunSQL(OPENLY, migrations.RunSQL.noop),
        migrations.RunSQL(ON, "DROP FUNCTION cases_spoke_on(bigint[])"),
    ]
