"""Classification of database errors: transient infrastructure failures (database away, disk full) are worth a retry."""

import psycopg

# SQLSTATE classes (PostgreSQL manual, appendix A): connection, resources, operator intervention, system.
_INFRASTRUCTURE_CLASSES = ("08", "53", "57", "58")
_CANCELED = "57014"  # statement timeout: a fault of the statement itself


def is_infrastructure_error(problem: BaseException | None) -> bool:
    """Return whether `problem` or one of its causes is a failure of the database infrastructure."""
    while problem is not None:
        if isinstance(problem, psycopg.InterfaceError):
            return True
        if isinstance(problem, psycopg.OperationalError):
            state = problem.sqlstate
            return state is None or (state[:2] in _INFRASTRUCTURE_CLASSES and state != _CANCELED)
        problem = problem.__cause__
    return False
