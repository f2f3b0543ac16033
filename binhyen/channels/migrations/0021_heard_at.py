"""Time of the last webhook of a channel, stored beyond the webhooks, which are deleted after a month."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("channels", "0020_asks_to_join")]

    operations = [migrations.AddField("channel", "heard_at", models.DateTimeField(null=True))]
