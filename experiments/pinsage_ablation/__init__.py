"""PinSage's ablation table, and items that training never saw."""
