"""Checked calls of the native code: what takes its time on a CPU, for float32 numpy arrays.

Other dtypes, and everything where the native extension is not installed, are computed by numpy. The environment
variable UNROLLED_ISA (avx512, avx2, neon or plain) forces an instruction set.
"""

from unrolled.kernels.elementwise import exp, log_sum_exp, sigmoid, softmax, tanh
from unrolled.kernels.extension import CALLS, KERNELS, NATIVE, RECURRENT, RecurrentKernel, info
from unrolled.kernels.layout import Layout
from unrolled.kernels.parallel import set_threads, threads
from unrolled.kernels.sequences import check_targets, cross_entropy, recurrent, scan

__all__ = [
    "CALLS",
    "KERNELS",
    "NATIVE",
    "RECURRENT",
    "Layout",
    "RecurrentKernel",
    "check_targets",
    "cross_entropy",
    "exp",
    "info",
    "log_sum_exp",
    "recurrent",
    "scan",
    "set_threads",
    "sigmoid",
    "softmax",
    "tanh",
    "threads",
]
