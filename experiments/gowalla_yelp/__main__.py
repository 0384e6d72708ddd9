"""``python -m experiments.gowalla_yelp``."""

import tyro

from experiments.gowalla_yelp.run import Config, main

main(tyro.cli(Config, description=main.__doc__))
