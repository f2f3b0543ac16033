"""A tip remembers that an extract of it went on; when it did before this, its case's events say."""

from django.db import migrations, models

FILL = """
UPDATE tips_tip t SET passed_on_at = e.at
FROM (SELECT case_id, max(at) AS at FROM cases_caseevent WHERE verb = 'extracted' GROUP BY case_id) e
WHERE e.case_id = t.case_id
"""
# Counted anew without what goes on as another case.
RECOUNT = """
INSERT INTO cases_uncounted (case_id) SELECT case_id FROM tips_tip WHERE passed_on_at IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("tips", "0003_originals_apart"), ("cases", "0012_matched")]
    operations = [
        migrations.AddField("tip", "passed_on_at", models.DateTimeField(null=True)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(RECOUNT, migrations.RunSQL.noop),
    ]
