"""What the reader itself took for sensitive is no correction: it must not learn its own word."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_start")]
    operations = [migrations.RemoveField("correction", "sensitive")]
