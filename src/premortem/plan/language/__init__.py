"""The plan language: a file as a typed plan that knows where every value was written."""
