"""Names of tests: the same in each process that shares the suite."""

from __future__ import annotations

import gzip

import pytest


@pytest.mark.parametrize("data", [b"", gzip.compress(b"text")])
def test_a_packed_file_does_not_name_a_test(data: bytes, request: pytest.FixtureRequest) -> None:
    """It holds the second at which it was packed, and xdist refuses names that differ."""
    number = int(data != b"")
    assert request.node.name == f"test_a_packed_file_does_not_name_a_test[data{number}]"
