"""Removal of the predicted sensitivity: it is no correction, and the model must not learn its own output."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_start")]
    operations = [migrations.RemoveField("correction", "sensitive")]
