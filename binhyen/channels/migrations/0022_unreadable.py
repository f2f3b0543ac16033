"""Index to count unreadable webhooks on every page of the responsible officers."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("channels", "0021_heard_at")]

    operations = [
        migrations.AddIndex(
            "inbound", models.Index(fields=["received_at"], condition=Q(state="DEAD"), name="channels_inbound_dead")
        )
    ]
