"""Networks side by side: fits of many combinations of vectorizer, model and cell on one split with one budget, and how
large a dense and a recurrent network are for sequences of several lengths."""
