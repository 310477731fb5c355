"""The glass box: what a memory holds, how far its gradient reaches, what drove a decision, as arrays and pictures.

This room knows models and arrays; `views` joins it to the tasks.
"""

from unrolled.inspection.alignment import Link, WordAttention, attention_numbers, word_alignment, word_attention
from unrolled.inspection.attention_picture import draw_attention, plot_attention
from unrolled.inspection.calibration_picture import draw_calibration
from unrolled.inspection.copied_picture import draw_copied
from unrolled.inspection.figures import Look, check_picture, write_picture
from unrolled.inspection.forecast_picture import draw_forecasts
from unrolled.inspection.gradient_flow import GradientFlow, gradient_flows, spectral_radii, untrained_norms
from unrolled.inspection.gradient_picture import draw_gradients, gradient_shares
from unrolled.inspection.looked_picture import draw_looked
from unrolled.inspection.memory import Memory, read_memory
from unrolled.inspection.memory_picture import draw_memory, state_changes
from unrolled.inspection.orders_picture import draw_orders
from unrolled.inspection.residuals_picture import draw_residuals
from unrolled.inspection.unrolled_picture import Sketch, draw_unrolled, weight_shapes
from unrolled.inspection.words_picture import draw_words

__all__ = [
    "GradientFlow",
    "Link",
    "Look",
    "Memory",
    "Sketch",
    "WordAttention",
    "attention_numbers",
    "check_picture",
    "draw_attention",
    "draw_calibration",
    "draw_copied",
    "draw_forecasts",
    "draw_gradients",
    "draw_looked",
    "draw_memory",
    "draw_orders",
    "draw_residuals",
    "draw_unrolled",
    "draw_words",
    "gradient_flows",
    "gradient_shares",
    "plot_attention",
    "read_memory",
    "spectral_radii",
    "state_changes",
    "untrained_norms",
    "weight_shapes",
    "word_alignment",
    "word_attention",
    "write_picture",
]
