"""Case events are append-only, also for the database owner, unless the triggers are removed."""

import pytest
from django.db import DatabaseError, connection, transaction

from binhyen.cases.models import CaseEvent
from binhyen.cases.tests.scene import open_case

pytestmark = pytest.mark.django_db
HARMS = (
    "UPDATE cases_caseevent SET verb = 'closed'",
    "DELETE FROM cases_caseevent",
    "TRUNCATE cases_caseevent CASCADE",
)


@pytest.mark.parametrize("statement", HARMS)
def test_no_statement_changes_or_deletes_an_event(unit, statement: str) -> None:
    open_case(unit("18568"))
    connection.check_constraints()  # run the deferred constraints of the case: TRUNCATE waits for nothing else
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert CaseEvent.objects.count() == 1


@pytest.mark.parametrize("statement", HARMS)
def test_control_without_its_trigger_it_succeeds(unit, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER cases_event_refuse_changes ON cases_caseevent")
        cursor.execute("DROP TRIGGER cases_events_stay ON cases_caseevent")
    with pytest.raises(pytest.fail.Exception):
        test_no_statement_changes_or_deletes_an_event(unit, statement)
