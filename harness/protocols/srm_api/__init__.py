"""The REST API of a server of Site Recovery Manager: JSON over HTTPS, in sessions."""

from harness.protocols.srm_api.application import make_application

__all__ = ["make_application"]
