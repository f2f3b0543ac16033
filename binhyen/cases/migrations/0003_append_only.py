"""Case events are written once: no statement changes or deletes one."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION cases_event_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'case events are append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER cases_event_is_final BEFORE UPDATE OR DELETE ON cases_caseevent
    FOR EACH ROW EXECUTE FUNCTION cases_event_is_final();
"""
BACKWARD = "DROP TRIGGER cases_event_is_final ON cases_caseevent; DROP FUNCTION cases_event_is_final();"


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_start")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
