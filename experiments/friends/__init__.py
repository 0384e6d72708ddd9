"""Do items help to rank friends, and friends to rank items?"""
