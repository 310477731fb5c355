"""Text as numbers: words, characters or byte pairs, and how often each occurs."""
