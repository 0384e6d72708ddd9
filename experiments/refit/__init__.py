"""What a refit on training and validation interactions costs and brings."""
