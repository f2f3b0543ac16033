from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conduct", "0002_alarms")]

    operations = [
        migrations.AlterField(
            "alarm",
            "cause",
            models.CharField(
                choices=[
                    ("URGENT", "Khẩn"),
                    ("LATE", "Quá hạn"),
                    ("NOBODY", "Không còn ai được giải quyết"),
                ],
                max_length=6,
            ),
        ),
    ]
