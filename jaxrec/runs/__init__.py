"""What a run is: its options, its training, its folder, and what it answers."""
