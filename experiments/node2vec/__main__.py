"""``python -m experiments.node2vec``."""

import tyro

from experiments.node2vec.run import Config, main

main(tyro.cli(Config, description=main.__doc__))
