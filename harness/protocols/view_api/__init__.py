"""What a View connection server tells its clients: the broker's XML over HTTPS, and behind it the user's desktop.

The names of requests, answers and elements are those that the source of VMware's View Open Client reads and writes (quoted). What
a desktop's ``state`` says, the elements ``machine`` and ``reason``, the error codes, and which part of View has to work for which
request are assumed; so is the way to the files of a desktop, which stands for the session of a user there.
"""

from harness.protocols.view_api.application import make_application
from harness.protocols.view_api.broker import DOMAIN

__all__ = ["DOMAIN", "make_application"]
