"""Store when an extract of a tip was passed on; earlier ones are filled from the events of its case."""

from django.db import migrations, models

FILL = """
UPDATE tips_tip t SET passed_on_at = e.at
FROM (SELECT case_id, max(at) AS at FROM cases_caseevent WHERE verb = 'extracted' GROUP BY case_id) e
WHERE e.case_id = t.case_id
"""
# Recount without the extracts that became other cases.
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
