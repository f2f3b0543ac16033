"""Issued reports; every case is counted anew, since categories, outcomes and deadlines are counted from now on."""

import django.core.serializers.json
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import binhyen.kit.ids


class Migration(migrations.Migration):

    dependencies = [
        ('areas', '0001_initial'),
        ('cases', '0001_initial'),
        ('stats', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='IssuedReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=binhyen.kit.ids.generate_uuid7, editable=False, unique=True)),
                ('year', models.PositiveSmallIntegerField()),
                ('number', models.PositiveIntegerField()),
                ('version', models.PositiveSmallIntegerField(default=1)),
                ('area_key', models.CharField(blank=True, max_length=40)),
                ('first', models.DateField()),
                ('last', models.DateField()),
                ('content', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('issued_at', models.DateTimeField()),
                ('issued_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='areas.unit')),
            ],
            options={
                'indexes': [models.Index(fields=['unit', '-id'], name='stats_report_unit')],
                'constraints': [models.UniqueConstraint(fields=('unit', 'year', 'number', 'version'), name='stats_report_number_once'), models.CheckConstraint(condition=models.Q(('last__gte', models.F('first'))), name='stats_report_period')],
            },
        ),
        migrations.RunSQL(
            'INSERT INTO cases_statsdirty (case_id) SELECT id FROM cases_case',
            migrations.RunSQL.noop,
        ),
    ]
