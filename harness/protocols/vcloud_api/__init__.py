"""The vCloud API: XML over HTTPS, in the versions that the release's vCloud Director speaks.

Elements, attributes and media types are those of the public schema reference and of public captures of vCloud Director 5.1 and
5.5 (stated); of each document there is the part that a client needs which logs in, looks, and asks for power. What vCloud
Director says when something under it is missing, and in which order it notices, is assumed.
"""

from harness.protocols.vcloud_api.application import make_application

__all__ = ["make_application"]
