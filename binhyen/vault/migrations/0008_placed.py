from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vault", "0007_sealed_reasons")]
    operations = [migrations.AddField("holder", "placed_at", models.DateTimeField(null=True))]
