from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0003_alter_case_outcome'),
    ]

    operations = [
        migrations.AddField(
            model_name='report',
            name='recovery',
            field=models.BinaryField(null=True),
        ),
    ]
