"""Public key of the status link: data can be encrypted for the link without knowing it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("channels", "0012_marked_words")]
    operations = [migrations.AddField("conversation", "page_key", models.BinaryField(max_length=32, null=True))]
