"""Files that are the old ones or the new ones, strict JSON, tensor files and the model folder. Nothing runs code."""
