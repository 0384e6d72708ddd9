"""What a trained run answers, in the caller's ids."""
