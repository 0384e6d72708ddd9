"""``python -m experiments.node_classification``."""

import tyro

from experiments.node_classification.run import Config, main

main(tyro.cli(Config, description=main.__doc__))
