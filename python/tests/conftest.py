# SPDX-License-Identifier: MIT
"""Shared by the tests: nothing may leave a descriptor open."""

import gc
import os

import pytest


def open_descriptors():
    files = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            files[name] = os.readlink(f"/proc/self/fd/{name}")
        except FileNotFoundError:  # that of listdir()
            pass
    return files


@pytest.fixture(autouse=True)
def every_descriptor_is_closed():
    gc.collect()
    before = open_descriptors()
    yield
    gc.collect()
    assert open_descriptors() == before
