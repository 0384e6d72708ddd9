"""Next items of published sessions and histories, beside simple baselines and papers."""
