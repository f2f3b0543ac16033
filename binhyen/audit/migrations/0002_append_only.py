"""Append-only audit rows: only the chainer's three columns may be set, once; no other change and no deletion.

The database owner can drop the trigger; the hash chain detects that.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION audit_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.seq IS NULL AND
        (NEW.id, NEW.at, NEW.actor, NEW.verb, NEW.object, NEW.unit_id, NEW.detail) IS NOT DISTINCT FROM
        (OLD.id, OLD.at, OLD.actor, OLD.verb, OLD.object, OLD.unit_id, OLD.detail)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit entries are append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER audit_is_final BEFORE UPDATE OR DELETE ON audit_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_is_final();
"""
BACKWARD = "DROP TRIGGER audit_is_final ON audit_auditentry; DROP FUNCTION audit_is_final();"


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_start")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
