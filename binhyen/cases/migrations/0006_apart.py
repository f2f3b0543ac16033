"""Complaints about police lie apart. A trigger sees to it, whoever writes the row and by whichever statement."""

from django.db import migrations, models

APART = """
CREATE FUNCTION cases_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.apart := true; RETURN NEW; END $$;
CREATE TRIGGER cases_apart BEFORE INSERT OR UPDATE ON cases_case FOR EACH ROW
    WHEN (NEW.kind = 'conduct' AND NOT NEW.apart) EXECUTE FUNCTION cases_apart();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_snippet")]

    operations = [
        migrations.AddField("case", "apart", models.BooleanField(default=False, db_default=False)),
        migrations.RunSQL(APART, "DROP TRIGGER cases_apart ON cases_case; DROP FUNCTION cases_apart()"),
        migrations.AddConstraint(
            "case",
            models.CheckConstraint(
                name="cases_complaint_is_apart", condition=~models.Q(kind="conduct") | models.Q(apart=True)
            ),
        ),
    ]
