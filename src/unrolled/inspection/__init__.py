"""The glass box: what a memory holds, how far its gradient reaches, what drove a decision: arrays and pictures.

All of it knows models and arrays; the command `unrolled inspect` joins it to the tasks.
"""

from unrolled.inspection.figures import Look, check_picture, write_picture
from unrolled.inspection.gradient_flow import GradientFlow, gradient_flows, spectral_radii, started_anew
from unrolled.inspection.gradient_picture import draw_gradients, shares
from unrolled.inspection.memory import Memory, read_memory
from unrolled.inspection.memory_picture import changes, draw_memory
from unrolled.inspection.unrolled_picture import Sketch, draw_unrolled, weight_shapes
from unrolled.inspection.words_picture import draw_words

__all__ = [
    "GradientFlow",
    "Look",
    "Memory",
    "Sketch",
    "changes",
    "check_picture",
    "draw_gradients",
    "draw_memory",
    "draw_unrolled",
    "draw_words",
    "gradient_flows",
    "read_memory",
    "shares",
    "spectral_radii",
    "started_anew",
    "weight_shapes",
    "write_picture",
]
