"""Known: sources, facts, tables, claims and parameter priors, as typed readers of the package data."""
