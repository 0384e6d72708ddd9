"""Which parts of GNewsRec help to predict clicks on news?"""
