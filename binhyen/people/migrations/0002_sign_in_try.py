from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0001_start")]

    operations = [
        migrations.CreateModel(
            name="SignInTry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key_hash", models.CharField(max_length=64, unique=True)),
                ("failures", models.PositiveIntegerField()),
                ("last_at", models.DateTimeField()),
                ("next_at", models.DateTimeField()),
            ],
        ),
    ]
