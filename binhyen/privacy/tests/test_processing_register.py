"""The register of processing lists every column of every table that can hold personal data."""

from io import StringIO

from django.apps import apps
from django.core.management import call_command
from django.db import models

from binhyen.privacy.rules.processing_register import (
    FIELDS_BY_TABLE,
    PROCESSING_USES,
    describe_period,
    find_use,
    list_uses,
)
from binhyen.privacy.rules.retention import CLASSES_BY_CODE

_WORDS = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.FloatField)
_PERSONS = {"vault.Reporter", "vault.ConversationKey", "people.Officer", "channels.Conversation"}


def can_hold(field: models.Field) -> bool:
    """Return columns with text, encrypted bytes, points, files or persons; not codes with a fixed list, days, numbers,
    ids or search vectors."""
    if field.is_relation:
        return field.related_model._meta.label in _PERSONS
    if isinstance(field, models.GeneratedField):
        return isinstance(field.output_field, _WORDS)
    if type(field).__name__ == "ArrayField":
        return can_hold(field.base_field)
    return isinstance(field, (*_WORDS, models.FileField)) and not field.choices


def list_personal_columns() -> set[tuple[str, str]]:
    return {
        (model._meta.db_table, field.name)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if can_hold(field)
    }


def test_every_field_has_a_purpose_and_a_ground() -> None:
    missing = sorted(f"{table}.{field}" for table, field in list_personal_columns() if find_use(table, field) is None)
    assert missing == [], "write into privacy/rules/processing_register.py the purpose and legal ground of this column"


def test_no_line_is_left_of_a_field_that_is_gone() -> None:
    written = [
        (table, field) for table, uses in FIELDS_BY_TABLE.items() for names in uses.values() for field in names.split()
    ]
    assert len(written) == len(set(written)), "a field is listed once"
    there = {
        (m._meta.db_table, f.name) for m in apps.get_models(include_auto_created=True) for f in m._meta.concrete_fields
    }
    assert set(written) - there == set()
    assert {use for uses in FIELDS_BY_TABLE.values() for use in uses} == set(PROCESSING_USES), "a purpose without data"


def test_a_new_field_without_a_line_is_noticed() -> None:
    assert ("cases_note", "text") in list_personal_columns() and find_use("cases_note", "text") == "report"
    assert find_use("cases_note", "phone_of_neighbour") is None and find_use("cases_new", "text") is None
    assert can_hold(models.TextField()) and can_hold(models.FloatField()) and can_hold(models.BinaryField())
    assert not can_hold(models.CharField(choices=[("A", "a")])) and not can_hold(models.DateTimeField())


def test_each_purpose_names_subjects_readers_and_retention() -> None:
    for code, use, fields in list_uses():
        assert fields, code
        assert all((use.purpose, use.ground, use.people, use.readers, describe_period(use))), code
        assert use.retention_class in CLASSES_BY_CODE or " " in use.retention_class, code


def test_the_command_prints_it() -> None:
    out = StringIO()
    call_command("register", "--fields", stdout=out)
    assert "vault_identity: reporter ciphertext" in out.getvalue()
    assert all(use.purpose in out.getvalue() for code, use in PROCESSING_USES.items() if code != "none")
