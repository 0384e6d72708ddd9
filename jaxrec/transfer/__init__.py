"""What one training run takes over from another."""

from .rows import carry as carry, near_mean as near_mean
