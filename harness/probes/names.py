"""A client of DNS servers: what a name leads to, and where an alias is to lead from now on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.tsig
import dns.update

from harness.journal import ApiCall
from harness.probes.diary import Diary
from harness.probes.failures import Absent, NameServerRefusal, NameServerUnreachable, Silence
from harness.probes.operator import Operator
from harness.probes.place import NameAccess
from harness.units import Span, seconds

ALGORITHM = "hmac-sha256"


@dataclass(frozen=True)
class RecordSeen:
    """A record as a server gives it, ``ttl`` in seconds; names are without the final dot."""

    name: str
    type: str
    value: str
    ttl: int

    def __str__(self) -> str:
        return f"{self.name} {self.ttl} {self.type} {self.value}"


class NameClient:
    """Asks one server, over TCP. Every question has a deadline, and a line in the diary.

    Calls raise ``NameServerUnreachable`` where it does not answer, and ``NameServerRefusal`` where it does not do what is asked.
    """

    def __init__(self, access: NameAccess, diary: Diary) -> None:
        self.name = access.name
        self._access, self._diary = access, diary

    def answers(self) -> bool:
        """Whether it answers now, whatever it says. Leaves no trace in the diary."""
        try:
            self._exchange(dns.message.make_query(".", dns.rdatatype.SOA), "looking whether it is there")
        except NameServerUnreachable:
            return False
        return True

    def lookup(self, name: str, kind: str = "A") -> list[RecordSeen]:
        """What a name leads to, aliases first; empty where it leads nowhere."""
        query = dns.message.make_query(name, kind)
        answer = self._noted("query", f"{name} {kind}", lambda: self._asked(query, f"query {name} {kind}"))
        return [_seen(found) for found in answer]

    def alias(self, name: str) -> RecordSeen:
        """The alias of that name; raises ``Absent`` where there is none."""
        found = [record for record in self.lookup(name, "CNAME") if record.type == "CNAME"]
        if not found:
            raise Absent("alias", name, self.name)
        return found[0]

    def repoint(self, name: str, target: str, ttl: int | None = None) -> None:
        """Have an alias lead to ``target``, by a signed dynamic update. Its time to live stays, unless another is given.

        The update requires the alias to be as it was looked up: raises ``NameServerRefusal`` (``NXRRSET``) where somebody else
        was faster, and ``Absent`` where there is no alias to begin with.
        """
        before = self.alias(name)
        key = dns.tsig.Key(self._access.login.user, self._access.login.password, ALGORITHM)
        update = dns.update.UpdateMessage(self._zone(name), keyring={key.name: key}, keyname=key.name, keyalgorithm=ALGORITHM)
        update.present(f"{name}.", "CNAME", f"{before.value}.")
        update.replace(f"{name}.", before.ttl if ttl is None else ttl, "CNAME", f"{target}.")
        doing = f"update {name} CNAME {target}"
        self._noted("update", f"{name} CNAME {target}", lambda: self._updated(update, doing))

    def _zone(self, name: str) -> str:
        """The zone that a name is in, as the server says (RFC 1034: the SOA of the authority)."""
        answer = self._exchange(dns.message.make_query(name, dns.rdatatype.SOA), f"query {name} SOA")
        found = [rrset for rrset in (*answer.answer, *answer.authority) if rrset.rdtype == dns.rdatatype.SOA]
        if not found:
            raise NameServerRefusal(self.name, f"query {name} SOA", dns.rcode.to_text(answer.rcode()), "it has no such zone")
        return found[0].name.to_text()

    def _asked(self, query: dns.message.Message, doing: str) -> list[str]:
        answer = self._exchange(query, doing)
        if answer.rcode() not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
            raise NameServerRefusal(self.name, doing, dns.rcode.to_text(answer.rcode()))
        return [line for rrset in answer.answer for line in rrset.to_text().splitlines()]

    def _updated(self, update: dns.update.UpdateMessage, doing: str) -> list[str]:
        code = self._exchange(update, doing).rcode()
        if code != dns.rcode.NOERROR:
            raise NameServerRefusal(self.name, doing, dns.rcode.to_text(code))
        return []

    def _exchange(self, message: dns.message.Message, doing: str) -> dns.message.Message:
        try:
            return dns.query.tcp(message, self._access.address.host, self._diary.patience.question, self._access.address.port)
        except dns.tsig.PeerError as error:
            raise NameServerRefusal(self.name, doing, dns.rcode.to_text(dns.rcode.NOTAUTH), type(error).__name__) from error
        except (OSError, EOFError, dns.exception.DNSException) as error:
            raise NameServerUnreachable(self.name, doing, _silence(error), str(error)) from error

    def _noted(self, method: str, arguments: str, ask: Callable[[], list[str]]) -> list[str]:
        began, answer, fault = self._diary.now(), "", ""
        try:
            found = ask()
            answer = "; ".join(found)
        except (NameServerUnreachable, NameServerRefusal) as error:
            fault = error.silence if isinstance(error, NameServerUnreachable) else error.code
            raise
        finally:
            self._diary.record(ApiCall(self.name, "DNS", method, arguments, answer, fault), began)
        return found


def _seen(line: str) -> RecordSeen:
    name, ttl, _, kind, value = line.split(maxsplit=4)
    return RecordSeen(name.rstrip("."), kind, value.rstrip("."), int(ttl))


def _silence(error: Exception) -> Silence:
    match error:
        case ConnectionRefusedError():
            return "refused"
        case dns.exception.Timeout() | TimeoutError():
            return "timed out"
        case ConnectionError() | EOFError():
            return "reset"
        case _:
            return "failed"


class Names:
    """What an operator asks of DNS, whichever of a place's servers answers."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def server(self) -> NameClient:
        """The first server that answers; raises ``NameServerUnreachable`` where none does."""
        servers = [self._operator.nameserver(name) for name in self._operator.place.nameservers]
        found = next((server for server in servers if server.answers()), None)
        if found is None:
            names = ", ".join(server.name for server in servers) or "no DNS server"
            raise NameServerUnreachable(names, "looking for one that answers", "failed")
        return found

    def target(self, alias: str) -> str:
        """The name that an alias stands for."""
        return self.server().alias(alias).value

    def address(self, name: str) -> str:
        """The address that a name leads to; raises ``Absent`` where it leads nowhere."""
        found = self.server().lookup(name)
        address = next((record.value for record in found if record.type == "A"), "")
        if not address:
            raise Absent("address", name, "DNS", tuple(map(str, found)))
        return address

    def repoint(self, alias: str, target: str) -> None:
        """Have an alias lead to ``target``; what hosts have cached of it, they believe on for :meth:`time_to_live`."""
        self.server().repoint(alias, target)

    def time_to_live(self, alias: str) -> Span:
        """How long whoever asks now believes the answer."""
        return seconds(min(record.ttl for record in self.server().lookup(alias)))
