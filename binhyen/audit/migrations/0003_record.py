"""Insert of any number of audit rows in one call: `audit_record([{actor, verb, object, unit_id, detail}], at)`."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION audit_record(acts jsonb, moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_auditentry (at, actor, verb, object, unit_id, detail, previous, hash)
    SELECT moment, a->>'actor', a->>'verb', a->>'object', (a->>'unit_id')::bigint, a->'detail', '', ''
    FROM jsonb_array_elements(acts) AS a;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION audit_record(jsonb, timestamptz)")]
