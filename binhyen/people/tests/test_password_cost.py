"""Passwords are hashed at the cost that Django sets for Argon2; tests elsewhere hash at the lowest one."""

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password

from binhyen import settings
from conftest import REAL_PASSWORD_COST

PASSWORD = "mot-mat-khau-dai"
OWASP_KIBIBYTES, OWASP_PASSES = 19 * 1024, 2  # OWASP Password Storage Cheat Sheet, Argon2id


@pytest.fixture
def real_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in REAL_PASSWORD_COST.items():
        monkeypatch.setattr(Argon2PasswordHasher, name, value)


def test_guessing_a_stolen_hash_is_dear(real_cost: None) -> None:
    assert settings.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    cost = Argon2PasswordHasher().params()
    assert cost.memory_cost >= OWASP_KIBIBYTES and cost.time_cost >= OWASP_PASSES


def test_a_hash_of_the_real_cost_is_checked(real_cost: None) -> None:
    encoded = make_password(PASSWORD)
    assert check_password(PASSWORD, encoded) and not check_password(f"{PASSWORD}x", encoded)
    assert f"m={REAL_PASSWORD_COST['memory_cost']}," in encoded and not Argon2PasswordHasher().must_update(encoded)
