"""Files of many sentences, whose sentences are translated and whose marks stay."""
