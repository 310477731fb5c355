"""Pictures seen by networks that others trained: weights by package, a runtime without torch, cached features."""

from unrolled.pictures.features import Features, features_of
from unrolled.pictures.pretrained import PRETRAINED, Pretrained
from unrolled.pictures.runtime import ENGINES, Run, runner

__all__ = ["ENGINES", "PRETRAINED", "Features", "Pretrained", "Run", "features_of", "runner"]
