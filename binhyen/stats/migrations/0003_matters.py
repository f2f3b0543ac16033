"""What follows a tip that stood in a group counts no report of its own: such cases are counted anew."""

from django.db import migrations

MARK = """
INSERT INTO cases_uncounted (case_id) SELECT case_id FROM cases_caseevent WHERE verb = 'opened' AND data ? 'after'
"""


class Migration(migrations.Migration):

    dependencies = [("stats", "0002_count_anew"), ("cases", "0026_follows")]

    operations = [migrations.RunSQL(MARK, migrations.RunSQL.noop)]
