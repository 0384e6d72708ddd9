"""``python -m experiments.pinsage_ablation``."""

from experiments.program import program

program("pinsage_ablation")
