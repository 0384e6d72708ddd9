"""PinnerSage's interests against one vector a user, on what users do next."""
