"""Models as ONNX, for other programs: recurrent layers as ONNX's own nodes, any batch and time, the state in and out.

Each file holds the tokens and what else its texts need in its metadata, so that it needs nothing beside it.
"""

from unrolled.export.encoder_decoder import export_pairs
from unrolled.export.files import step_file
from unrolled.export.graph import OPSET
from unrolled.export.language_model import export_onnx
from unrolled.export.recurrent import GATES, NODES

__all__ = ["GATES", "NODES", "OPSET", "export_onnx", "export_pairs", "step_file"]
