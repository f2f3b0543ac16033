"""Injected faults: a list of rules, each for some endpoints or events, for a number of times or until cleared."""

from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any

from emulator.errors import ERROR_MESSAGES, RequestRejected
from emulator.world import Json

API_KINDS = (
    "timeout",  # no response; the connection closes after `seconds`
    "rate_limit",  # HTTP 200, error -32
    "http_429",
    "http_5xx",  # `status`, 503 by default
    "token_expired",  # error -220
    "token_revoked",  # error -216, at the token endpoint -14014
    "wrong_json",  # HTTP 200 and a body that is not JSON
    "empty",  # HTTP 200 without a body
    "slow_drip",  # the right response, spread over `seconds`
    "half_close",  # half of the response, then the writing side closes
    "reset",  # the connection is cut without a response
    "error",  # HTTP 200 with `code`
)
WEBHOOK_KINDS = (
    "duplicate",  # each event twice
    "reorder",  # an event follows the next one of its sender, at the latest after `seconds`
    "delay",  # `seconds` late
    "drop",  # the first attempt is lost, a retry delivers it
    "bad_signature",
    "broken_body",  # truncated JSON, correctly signed
    "stale",  # timestamp one hour too old, correctly signed
)
DEFAULT_SECONDS = {"timeout": 30.0, "slow_drip": 5.0, "half_close": 1.0, "reorder": 5.0, "delay": 3.0}


@dataclass(slots=True)
class FaultRule:
    """A fault rule. `endpoint`: a glob on the path (api) or on the event name (webhook). `count` None: until cleared.

    `when` (api only): `before` the call has an effect, or `after` it, so that only the response is lost.
    """

    id: int
    target: str
    kind: str
    endpoint: str = "*"
    count: int | None = None
    when: str = "before"
    seconds: float = 0.0
    status: int = 503
    code: int = -200
    hits: int = 0

    def matches(self, target: str, name: str) -> bool:
        return self.target == target and (self.count is None or self.count > 0) and fnmatchcase(name, self.endpoint)


class FaultRules:
    def __init__(self) -> None:
        self.rules: list[FaultRule] = []
        self._last = 0

    def add_rule(self, values: dict[str, Any]) -> FaultRule:
        """Add a rule from JSON; rejects unknown kinds and fields."""
        self._last += 1
        try:
            fault = FaultRule(id=self._last, **values)
        except TypeError as error:
            raise RequestRejected(f"fault: {error}") from error
        kinds = {"api": API_KINDS, "webhook": WEBHOOK_KINDS}.get(fault.target)
        if kinds is None or fault.kind not in kinds:
            raise RequestRejected(
                f"target api has {', '.join(API_KINDS)}; target webhook has {', '.join(WEBHOOK_KINDS)}"
            )
        if not (fault.count is None or type(fault.count) is int) or not isinstance(fault.seconds, int | float):
            raise RequestRejected("count and seconds are numbers")
        if fault.when not in ("before", "after"):
            raise RequestRejected("when is before or after")
        if fault.kind == "error" and fault.code not in ERROR_MESSAGES:
            raise RequestRejected(f"code is one of {sorted(ERROR_MESSAGES)}")
        fault.seconds = float(fault.seconds or DEFAULT_SECONDS.get(fault.kind, 0.0))
        self.rules.append(fault)
        return fault

    def clear_rules(self, fault_id: int | None = None) -> None:
        self.rules = [] if fault_id is None else [rule for rule in self.rules if rule.id != fault_id]

    def take(self, target: str, name: str) -> FaultRule | None:
        """Return the first matching rule and count it down."""
        for rule in self.rules:
            if rule.matches(target, name):
                return self._count_down(rule)
        return None

    def use_all_matches(self, target: str, name: str) -> list[FaultRule]:
        """Return all matching rules and count each down (webhook faults add up)."""
        return [self._count_down(rule) for rule in self.rules if rule.matches(target, name)]

    def _count_down(self, rule: FaultRule) -> FaultRule:
        rule.hits += 1
        if rule.count is not None:
            rule.count -= 1
        return rule

    def list_rules(self) -> list[Json]:
        return [asdict(rule) for rule in self.rules]
