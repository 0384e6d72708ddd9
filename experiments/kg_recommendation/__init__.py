"""Models of knowledge graphs on Last.FM and Book-Crossing, by click-through and by top lists."""
