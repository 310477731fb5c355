"""The glass box: what a memory holds, how far its gradient reaches, which steps drove a decision; as arrays and pictures.

All of it knows models and arrays; the command `unrolled inspect` joins it to the tasks.
"""

from unrolled.inspection.memory import Memory, read_memory

__all__ = ["Memory", "read_memory"]
