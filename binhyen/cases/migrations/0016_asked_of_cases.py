"""What a process may know of a case without seeing it: custody, whether it still lies with the unit that asked about it;
the pages, whether a person told about police, so that the province's staff answer no request of theirs.
"""

from django.db import migrations

ELSEWHERE = """
CREATE FUNCTION cases_lies_elsewhere(wanted text, unit bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM cases_case WHERE code = wanted AND (apart OR unit_id <> unit))
$$
"""
TOLD = """
CREATE FUNCTION cases_told_of_police(person bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM cases_report r JOIN cases_case c ON c.id = r.case_id
                   WHERE r.reporter_id = person AND (c.kind = 'conduct' OR c.category = 'officer_complaint'))
$$
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0015_late_clocks")]
    operations = [
        migrations.RunSQL(ELSEWHERE, "DROP FUNCTION cases_lies_elsewhere(text, bigint)"),
        migrations.RunSQL(TOLD, "DROP FUNCTION cases_told_of_police(bigint)"),
    ]
