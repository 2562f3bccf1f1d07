"""Known: sources, facts, claims and parameter priors, as typed readers of the package data.

``evidence.load()`` returns the ledger; ``evidence.parameters.load()`` the priors of the model's parameters;
``evidence.sampling.draw`` draws them. Distributions are imported only when asked for, so that reading facts is quick.
"""

from premortem.evidence import parameters
from premortem.evidence.ledger import Claim, Fact, Ledger, Record, Rule, Source, Table, load
from premortem.evidence.parameters import Parameter

__all__ = ["Claim", "Fact", "Ledger", "Parameter", "Record", "Rule", "Source", "Table", "load", "parameters"]
