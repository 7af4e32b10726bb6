"""Product releases as data with provenance: versions, capabilities, defects, timings, formats.

>>> from harness.releases import load
>>> load("5.0").timing("ha.dead-with-heartbeat-datastores").value.total_seconds()
18.0
"""

from harness.releases.applicability import applies
from harness.releases.catalogue import load, names
from harness.releases.model import Format, Product, Release, Standing
from harness.releases.sourced import Sourced

__all__ = ["Format", "Product", "Release", "Sourced", "Standing", "applies", "load", "names"]
