"""Questions and hardship are no petitions, what was untrue is no valuable tip: cases counted so are counted anew."""

from django.db import migrations

MARK = """
INSERT INTO cases_uncounted (case_id) SELECT id FROM cases_case
WHERE (kind = 'petition' AND category IN ('admin_question', 'welfare')) OR (grade = 'VALUABLE' AND outcome = 'UNFOUNDED')
"""


class Migration(migrations.Migration):

    dependencies = [("stats", "0001_start"), ("cases", "0018_barred")]

    operations = [migrations.RunSQL(MARK, migrations.RunSQL.noop)]
