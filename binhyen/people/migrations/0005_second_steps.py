"""Second factors: end the earlier sessions, which were opened without one."""

import datetime as dt

import binhyen.kit.ids
import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone


def end_every_session(apps, schema_editor):
    apps.get_model("people", "SignIn").objects.all().delete()
    apps.get_model("sessions", "Session").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("people", "0004_inspector_custodian"), ("sessions", "0001_initial")]

    operations = [
        migrations.RunPython(end_every_session, migrations.RunPython.noop, elidable=True),
        migrations.AddField("officer", "rights_since", models.DateTimeField(default=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))),
        migrations.AddField("officer", "password_given", models.BooleanField(default=False)),
        migrations.AddField("officer", "subject", models.CharField(max_length=255, null=True, unique=True)),
        migrations.AddField("signin", "public_id", models.UUIDField(default=binhyen.kit.ids.uuid7, editable=False, unique=True)),
        migrations.AddField("signin", "idle_at", models.DateTimeField(default=timezone.now), preserve_default=False),
        migrations.AddField("signin", "confirmed_at", models.DateTimeField(null=True)),
        migrations.AddField("signin", "how", models.CharField(default="", max_length=20)),
        migrations.AddField("signin", "browser", models.CharField(default="", max_length=40)),
        migrations.CreateModel(
            name="Activation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code_hash", models.CharField(max_length=128)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("officer", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="activations", to="people.officer")),
            ],
        ),
    ]
