"""Pictures seen by networks that others trained: weights by package, a runtime without torch, cached features."""

from unrolled.pictures.pretrained import PRETRAINED, Pretrained
from unrolled.pictures.runtime import ENGINES, Run, runner

__all__ = ["ENGINES", "PRETRAINED", "Pretrained", "Run", "runner"]
