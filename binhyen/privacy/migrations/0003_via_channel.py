from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("privacy", "0002_alarms")]

    operations = [
        migrations.AlterField(
            "request",
            "via",
            models.CharField(
                choices=[("LINK", "trang theo dõi"), ("CHAT", "nhắn riêng"), ("APP", "rút tại kênh chat")], max_length=4
            ),
        ),
    ]
