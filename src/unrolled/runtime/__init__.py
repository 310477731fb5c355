"""What a saved model needs to answer: its folder, and its state from step to step. No torch."""
