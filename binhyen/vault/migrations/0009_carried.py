from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vault", "0008_placed")]
    operations = [migrations.AddField("opening", "carried_at", models.DateTimeField(null=True))]
