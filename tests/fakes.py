"""Stand-ins for the outside, as strict as the real thing: what they are given must decode."""

from dataclasses import dataclass, field

from pipeline.agents.shell import Headers
from pipeline.errors import TocsinError
from topics import codec
from topics.spec import Encoding, TopicSpec


@dataclass(frozen=True)
class Sent:
    """One record as it was sent."""

    spec: TopicSpec
    key: bytes
    value: bytes
    headers: dict[str, str]

    @property
    def record(self) -> object:
        """The value, decoded."""
        return codec.decode(self.spec, self.value)


@dataclass
class MemorySink:
    """Keeps what is sent; raises what it was told to raise, in turn, before it accepts."""

    failures: list[TocsinError | Exception] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)

    async def send(self, spec: TopicSpec, *, key: bytes, value: bytes, headers: Headers) -> None:
        """Accept, or raise the next failure."""
        if self.failures:
            raise self.failures.pop(0)
        if spec.encoding is not Encoding.BYTES:
            assert spec.key_of(codec.decode(spec, value)) == key
        self.sent.append(Sent(spec, key, value, {name: text.decode() for name, text in headers.items()}))

    def of(self, spec: TopicSpec) -> list[Sent]:
        """What went to that topic."""
        return [sent for sent in self.sent if sent.spec == spec]
