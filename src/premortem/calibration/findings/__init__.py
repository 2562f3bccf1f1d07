"""Published causal effects as data, run on the model and judged: does it answer as the world did?"""
