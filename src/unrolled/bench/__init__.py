"""Speed compared with PyTorch and ONNX Runtime on the user's own machine: one process, alternating, medians."""
