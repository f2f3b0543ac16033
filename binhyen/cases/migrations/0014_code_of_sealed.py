"""The custody process learns on which case a sealed post of a group is worked: its code, and nothing else of it."""

from django.db import migrations

CREATE = """
CREATE FUNCTION cases_code_of_sealed(message uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT c.code::text FROM channels_message m
    JOIN cases_casemessage l ON l.message_id = m.id AND l.detached_at IS NULL
    JOIN cases_case c ON c.id = l.case_id
    WHERE m.public_id = message AND m.lock_id IS NOT NULL AND NOT c.apart
    ORDER BY l.id LIMIT 1
$$
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0013_handed_on"), ("channels", "0010_sealed_copies")]
    operations = [migrations.RunSQL(CREATE, "DROP FUNCTION cases_code_of_sealed(uuid)")]
