"""Is it the machine that fails (database away, disk full), and not what was asked of it? Then a later try is worth it."""

import psycopg

# SQLSTATE classes (PostgreSQL manual, appendix A): connection, resources, operator's intervention, system.
_CLASSES = ("08", "53", "57", "58")
_CANCELED = "57014"  # a statement took too long: that is its own fault


def of_machine(problem: BaseException | None) -> bool:
    """Whether `problem`, or what it was raised from, is trouble of the database's machine."""
    while problem is not None:
        if isinstance(problem, psycopg.InterfaceError):
            return True
        if isinstance(problem, psycopg.OperationalError):
            state = problem.sqlstate
            return state is None or (state[:2] in _CLASSES and state != _CANCELED)
        problem = problem.__cause__
    return False
