"""When something last came from a channel is known beyond the webhooks, which go after a month."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("channels", "0020_asks_to_join")]

    operations = [migrations.AddField("channel", "heard_at", models.DateTimeField(null=True))]
