"""What the tests of inputs share: a model folder that holds what an input saves, and nothing else."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from unrolled.storage.model_folder import Bundle, write_bundle


@pytest.fixture
def folder_of(tmp_path: Path) -> Callable[[Mapping[str, Any], Mapping[str, str]], Bundle]:
    """Arrays and texts, as `Input.saved` gives them → an opened model folder."""

    def write(arrays: Mapping[str, Any], texts: Mapping[str, str]) -> Bundle:
        folder = tmp_path / f"folder {len(list(tmp_path.iterdir()))}"
        write_bundle(folder, {}, {"encoder": arrays} if arrays else {}, texts)
        return Bundle.open(folder)

    return write
