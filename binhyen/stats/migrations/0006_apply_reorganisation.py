"""The function that applies a merge of communes."""

from django.db import migrations

from binhyen.kit.database.sql_files import run_sql_file


class Migration(migrations.Migration):

    dependencies = [
        ("areas", "0002_reorganisation"),
        ("stats", "0005_templates_and_remarks"),
    ]

    operations = [run_sql_file("stats", "stats_apply_reorganisation")]
