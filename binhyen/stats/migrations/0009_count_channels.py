"""Every case is counted anew, since its channel and the arrival of officers are counted from now on."""

from django.db import migrations


def mark_cases(apps, schema_editor):
    schema_editor.execute("INSERT INTO cases_statsdirty (case_id) SELECT id FROM cases_case")


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0001_initial"),
        ("stats", "0008_mailing"),
    ]

    operations = [migrations.RunPython(mark_cases, migrations.RunPython.noop)]
