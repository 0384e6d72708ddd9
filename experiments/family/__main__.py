"""``python -m experiments.family``."""

import tyro

from experiments.family.run import Config, main

main(tyro.cli(Config, description=main.__doc__))
