"""Jobs with the priority of their queue."""

from django.db import migrations

from binhyen.kit.database.sql_files import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("kit", "0001_initial")]

    operations = [run_sql_file("kit", "kit_defer_by_queue")]
