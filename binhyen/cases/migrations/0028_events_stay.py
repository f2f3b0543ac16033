"""Nor does TRUNCATE take case events away, which no trigger for rows hears of."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER cases_events_stay BEFORE TRUNCATE ON cases_caseevent
    FOR EACH STATEMENT EXECUTE FUNCTION cases_event_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0027_titled_words")]
    operations = [migrations.RunSQL(FORWARD, "DROP TRIGGER cases_events_stay ON cases_caseevent")]
