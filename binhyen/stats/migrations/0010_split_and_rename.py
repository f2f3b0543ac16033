"""The functions that apply a split and a renaming of a commune."""

from django.db import migrations

from binhyen.kit.database.sql_files import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("areas", "0003_reorganisation_kind"),
        ("stats", "0009_count_channels"),
    ]

    operations = [run_sql_file("stats", "stats_apply_split"), run_sql_file("stats", "stats_apply_rename")]
