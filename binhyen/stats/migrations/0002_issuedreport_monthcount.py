"""Issued reports; every case is counted anew, since categories, outcomes and deadlines are counted from now on."""

import django.core.serializers.json
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import binhyen.kit.ids

FILL_MONTHS_SQL = """
INSERT INTO stats_monthcount (month, area_id, metric, value)
SELECT date_trunc('month', day)::date, commune_id, metric, sum(value) FROM stats_count GROUP BY 1, 2, 3
UNION ALL
SELECT date_trunc('month', day)::date, u.area_id, metric, sum(value) FROM stats_count,
    areas_unit u WHERE u.level = 'PROVINCE' AND u.valid_to IS NULL GROUP BY 1, 2, 3
"""


def fill_months_and_mark_cases(apps, schema_editor):
    schema_editor.execute(FILL_MONTHS_SQL)
    schema_editor.execute("INSERT INTO cases_statsdirty (case_id) SELECT id FROM cases_case")


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
        migrations.CreateModel(
            name='MonthCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField()),
                ('metric', models.CharField(max_length=24)),
                ('value', models.IntegerField()),
                ('area', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='areas.area')),
            ],
            options={
                'indexes': [models.Index(fields=['metric', 'month'], name='stats_month_metric')],
                'constraints': [models.UniqueConstraint(fields=('area', 'month', 'metric'), name='stats_month_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('value__gte', 0)), name='stats_month_positive')],
            },
        ),
        migrations.RunPython(fill_months_and_mark_cases, migrations.RunPython.noop),
    ]
