from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='dismissed_at',
            field=models.DateTimeField(null=True),
        ),
    ]
