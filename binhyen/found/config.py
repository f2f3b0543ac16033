"""Base salaries of the installation, read once. A wrong value stops the start with a hint."""

from binhyen.env import SettingsError, env
from binhyen.found.rules import BaseSalary, parse_base_salaries


def _read_base_salaries() -> tuple[BaseSalary, ...]:
    text = env("BINHYEN_BASE_SALARIES", "", "later base salaries: 2026-07-01=2530000 decree, separated by «;»")
    try:
        return parse_base_salaries(text)
    except ValueError as error:
        raise SettingsError(
            "BINHYEN_BASE_SALARIES", str(error), "export BINHYEN_BASE_SALARIES='2026-07-01=2530000 ND 1/2026'"
        ) from None


BASE_SALARIES = _read_base_salaries()
