"""What a saved model needs to answer: frozen models, streams, sessions and their traces. No torch."""
