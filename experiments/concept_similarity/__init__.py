"""Items found by what is known of them, where they were taken before and where they were not."""
