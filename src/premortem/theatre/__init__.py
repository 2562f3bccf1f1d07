"""World: regions, organisations, forces and crossings, read from a folder of data into arrays for the model.

``theatre.load()`` gives the default one; ``Theatre.world()`` turns it into what the model sees. Nothing else here needs JAX.
"""

from premortem.theatre.geography import Region
from premortem.theatre.loading import load
from premortem.theatre.records import Organisation, Quantity
from premortem.theatre.theatre import Theatre

__all__ = ["Organisation", "Quantity", "Region", "Theatre", "load"]
