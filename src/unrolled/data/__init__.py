"""Data for training: examples, corpora, token files, and the windows and batches that they are cut into."""
