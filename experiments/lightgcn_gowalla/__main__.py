"""``python -m experiments.lightgcn_gowalla``."""

import tyro

from experiments.lightgcn_gowalla.run import Config, main

main(tyro.cli(Config, description=main.__doc__))
