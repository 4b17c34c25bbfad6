"""
What ``pip install`` gives an AI firm: ``from genbo_client import Client``.

The code is that of :mod:`api.client`, where it is once; this is its name outside.
"""

from api.client import *  # noqa: F403 - this package has no names of its own
from api.client import __all__ as __all__
