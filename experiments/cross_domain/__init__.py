"""Does an encoder of structure, pretrained on one domain, help a recommender of another?"""
