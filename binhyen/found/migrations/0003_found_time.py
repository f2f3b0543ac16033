from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('found', '0002_signatures'),
    ]

    operations = [
        migrations.AddField(
            model_name='founditem',
            name='found_time',
            field=models.TimeField(null=True),
        ),
    ]
