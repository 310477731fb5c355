"""Fits of many combinations of vectorizer, model and cell, compared on one split with one budget."""
