"""What the tests of inputs share: a model folder that holds what an input saves, and nothing else."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from unrolled.storage.model_folder import ModelFolder, write_model_folder


@pytest.fixture
def folder_of(tmp_path: Path) -> Callable[[Mapping[str, Any], Mapping[str, str]], ModelFolder]:
    """Arrays and texts, as `Input.saved` gives them → an opened model folder."""

    def write(arrays: Mapping[str, Any], texts: Mapping[str, str]) -> ModelFolder:
        folder = tmp_path / f"folder {len(list(tmp_path.iterdir()))}"
        write_model_folder(folder, {}, {"encoder": arrays} if arrays else {}, texts)
        return ModelFolder.open(folder)

    return write
