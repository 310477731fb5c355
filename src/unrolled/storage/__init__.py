"""Files that are replaced whole, strict JSON, tensor files and the model folder. Nothing runs code."""
