"""Tasks that suggest what one types, but nothing that a block list has in it."""

from unrolled.completion.blocked import BLOCKED, BlockList
from unrolled.storage.model_folder import ModelFolder
from unrolled.tasks.predictor import Predictor

__all__ = ["BlockingPredictor"]


class BlockingPredictor(Predictor):
    """A predictor with a setting ``block``, the file of a block list, which its model folder then holds."""

    block: str | None
    blocked_: BlockList
    """What is never suggested; another list may be put in its place at any time."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.blocked_ = BlockList()

    def _read_beside(self) -> None:
        if self.block is not None:
            self.blocked_ = BlockList.read(self.block)

    def _beside(self) -> dict[str, str]:
        return super()._beside() | ({BLOCKED: self.blocked_.text} if self.blocked_.terms else {})

    def _restore_beside(self, folder: ModelFolder) -> None:
        super()._restore_beside(folder)
        self.block = None  # what it named is in the folder
        if BLOCKED in folder.files:
            self.blocked_ = BlockList.of_text(folder.text(BLOCKED), str(folder.folder / BLOCKED))
