"""Train a chat model to play characters: data, objective, training, adapters."""
