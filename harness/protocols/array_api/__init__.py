"""The management API of a storage array: JSON over HTTPS, with basic authentication."""

from harness.protocols.array_api.application import make_application

__all__ = ["make_application"]
