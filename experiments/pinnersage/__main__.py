"""``python -m experiments.pinnersage``."""

import tyro

from experiments.pinnersage.run import Config, main

main(tyro.cli(Config, description=main.__doc__))
