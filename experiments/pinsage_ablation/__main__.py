"""``python -m experiments.pinsage_ablation``."""

import tyro

from experiments.pinsage_ablation.run import Config, main

main(tyro.cli(Config, description=main.__doc__))
