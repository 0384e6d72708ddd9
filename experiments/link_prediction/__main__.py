"""``python -m experiments.link_prediction``."""

import tyro

from experiments.link_prediction.run import Config, main

main(tyro.cli(Config, description=main.__doc__))
