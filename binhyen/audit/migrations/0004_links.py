"""Chain positions in a table of their own, so that entries are never updated.

Nothing of the audit log can be updated, deleted or truncated through the database; `audit_waiting` is a work queue and
no evidence. A read event does not wait for the disk (`audit_read`): a power cut may lose the last half second.
"""

from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations, models

RECORD = """
CREATE OR REPLACE FUNCTION audit_record(acts jsonb, moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH made AS (
        INSERT INTO audit_auditentry (at, actor, verb, object, unit_id, detail)
        SELECT moment, a->>'actor', a->>'verb', a->>'object', (a->>'unit_id')::bigint, a->'detail'
        FROM jsonb_array_elements(acts) AS a
        RETURNING id
    )
    INSERT INTO audit_waiting (entry_id) SELECT id FROM made;
END $$;
CREATE FUNCTION audit_read(acts jsonb, moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    PERFORM audit_record(acts, moment);
END $$;
"""
MOVE = """
INSERT INTO audit_link (seq, entry_id, hash) SELECT seq, id, decode(hash, 'hex') FROM audit_auditentry WHERE seq IS NOT NULL;
INSERT INTO audit_waiting (entry_id) SELECT id FROM audit_auditentry WHERE seq IS NULL;
"""
FINAL = """
DROP TRIGGER audit_is_final ON audit_auditentry;
CREATE OR REPLACE FUNCTION audit_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit book is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER audit_is_final BEFORE UPDATE OR DELETE ON audit_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_is_final();
CREATE TRIGGER audit_stays BEFORE TRUNCATE ON audit_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_final();
"""
ALSO = "".join(
    f"""
CREATE TRIGGER audit_is_final BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION audit_is_final();
CREATE TRIGGER audit_stays BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION audit_is_final();
"""
    for table in ("audit_link", "audit_checkpoint", "audit_handed", "audit_check")
)


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_record")]
    operations = [
        migrations.CreateModel("Waiting", [("entry_id", models.BigIntegerField(primary_key=True, serialize=False))]),
        migrations.CreateModel(
            "Link",
            [
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entry_id", models.BigIntegerField(unique=True)),
                ("hash", models.BinaryField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            "Checkpoint",
            [
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("head", models.BinaryField(max_length=32)),
                ("roots", models.JSONField()),
                ("note", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            "Handed",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("size", models.BigIntegerField()),
                (
                    "to",
                    models.CharField(
                        max_length=8,
                        choices=[
                            ("FOLDER", "Tệp ở thư mục bàn giao"), ("WITNESS", "Máy làm chứng"), ("PAPER", "Bản in")
                        ],
                    ),
                ),
                ("at", models.DateTimeField()),
                ("receipt", models.TextField(blank=True)),
            ],
            options={"constraints": [models.UniqueConstraint(fields=["size", "to"], name="audit_handed_once")]},
        ),
        migrations.CreateModel(
            "Check",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("size", models.BigIntegerField()),
                ("faults", models.JSONField(default=list)),
            ],
        ),
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
        migrations.RunSQL(FINAL),
        migrations.RemoveIndex("AuditEntry", "audit_unchained"),
        migrations.RemoveField("AuditEntry", "seq"),
        migrations.RemoveField("AuditEntry", "previous"),
        migrations.RemoveField("AuditEntry", "hash"),
        migrations.RunSQL(RECORD),
        migrations.RunSQL(ALSO),
        migrations.RemoveIndex("AuditEntry", "audit_audit_object_9b9010_idx"),
        *[
            migrations.AddIndex("AuditEntry", models.Index(fields=fields, name=name))
            for fields, name in (
                (["object", "-id"], "audit_object"), (["actor", "-id"], "audit_actor"),
                (["unit_id", "-id"], "audit_unit"), (["verb", "-id"], "audit_verb"),
            )
        ],
        migrations.AddIndex(
            "AuditEntry", BrinIndex(fields=["at"], name="audit_at", pages_per_range=16, autosummarize=True)
        ),
    ]
