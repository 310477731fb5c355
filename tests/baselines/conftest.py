"""Here the regression tries each setting that is shipped."""

from collections.abc import Iterator

import pytest
from tests.conftest import PENALTIES

from unrolled.baselines import linear


@pytest.fixture(scope="package", autouse=True)
def shipped_penalties() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, values in PENALTIES.items():
            patch.setattr(linear, name, values)
        yield
