"""Garbage collection is off while a process starts, and objects loaded then are frozen."""

import gc

import pytest

from binhyen.kit.process_setup import gc_frozen_startup


def test_no_collection_inside_and_the_usual_one_after() -> None:
    before = gc.get_freeze_count()
    try:
        with gc_frozen_startup():
            assert not gc.isenabled()
            objects = [[number] for number in range(1000)]
        assert gc.isenabled() and gc.get_freeze_count() >= before + len(objects)
    finally:
        gc.unfreeze()


def test_a_start_that_fails_leaves_it_on() -> None:
    try:
        with pytest.raises(RuntimeError), gc_frozen_startup():
            raise RuntimeError("no database")
        assert gc.isenabled()
    finally:
        gc.unfreeze()
