"""GitHub's expression language, as far as this repository's workflows use it.

Written from docs.github.com, "Evaluate expressions in workflows and actions". A test fails on
anything that is not known here, so that nothing is evaluated wrongly in silence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+)|(?P<name>[A-Za-z_][\w-]*(?:\.[\w*-]+)*)"
    r"|(?P<op>&&|\|\||==|!=|[!(),]))"
)
_PLACEHOLDER = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)

Functions = Mapping[str, Callable[..., Any]]


def _format(template: str, *values: Any) -> str:
    return re.sub(r"\{(\d+)\}", lambda hit: text_of(values[int(hit[1])]), template)


_FUNCTIONS: Functions = {
    "format": _format,
    "toJSON": lambda value: json.dumps(value, indent=2),
    "fromJSON": json.loads,
    "always": lambda: True,
}


def text_of(value: Any) -> str:
    """Return how GitHub writes a value into a string."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value)


def evaluate(source: str, contexts: Mapping[str, Any], functions: Functions | None = None) -> Any:
    """Return the value of one expression, without the `${{ }}` around it."""
    parser = _Parser(source, contexts, {**_FUNCTIONS, **(functions or {})})
    value = parser.either()
    parser.end()
    return value


def interpolate(text: str, contexts: Mapping[str, Any]) -> str:
    """Replace each `${{ … }}` of a string."""
    return _PLACEHOLDER.sub(lambda hit: text_of(evaluate(hit[1], contexts)), text)


def condition(text: str, contexts: Mapping[str, Any], functions: Functions | None = None) -> bool:
    """Return whether an `if:` holds."""
    whole = _PLACEHOLDER.fullmatch(text.strip())
    return bool(evaluate(whole[1] if whole else text, contexts, functions))


class _Parser:
    """Recursive descent over the tokens; the whole is evaluated while it is read."""

    def __init__(self, source: str, contexts: Mapping[str, Any], functions: Functions) -> None:
        self._tokens = list(_tokens(source))
        self._contexts = contexts
        self._functions = functions

    def end(self) -> None:
        """Fail where something is left over."""
        assert not self._tokens, f"not understood: {self._tokens}"

    def either(self) -> Any:
        """`a || b`: the first that is truthy, else the last."""
        value = self._both()
        while self._take("||"):
            other = self._both()
            value = value or other
        return value

    def _both(self) -> Any:
        value = self._equality()
        while self._take("&&"):
            other = self._equality()
            value = value and other
        return value

    def _equality(self) -> Any:
        value = self._not()
        while self._tokens and self._tokens[0][1] in ("==", "!="):
            operator = self._tokens.pop(0)[1]
            same = _loosely_equal(value, self._not())
            value = same if operator == "==" else not same
        return value

    def _not(self) -> Any:
        return not self._not() if self._take("!") else self._primary()

    def _primary(self) -> Any:
        if self._take("("):
            value = self.either()
            assert self._take(")"), "missing )"
            return value
        kind, token = self._tokens.pop(0)
        if kind == "text":
            return token[1:-1].replace("''", "'")
        if kind == "number":
            return int(token)
        assert kind == "name", f"not understood: {token}"
        if self._take("("):
            return self._functions[token](*self._arguments())
        return {"true": True, "false": False, "null": None}.get(token, self._look_up(token))

    def _arguments(self) -> list[Any]:
        values: list[Any] = []
        while not self._take(")"):
            values.append(self.either())
            self._take(",")
        return values

    def _look_up(self, dotted: str) -> Any:
        if dotted in ("true", "false", "null"):
            return None
        first, *rest = dotted.split(".")
        assert first in self._contexts, f"no context {first!r}"
        value = self._contexts[first]
        for part in rest:
            value = value.get(part) if isinstance(value, Mapping) else None
        return value

    def _take(self, token: str) -> bool:
        if self._tokens and self._tokens[0] == ("op", token):
            self._tokens.pop(0)
            return True
        return False


def _tokens(source: str) -> list[tuple[str, str]]:
    found, position, end = [], 0, len(source.rstrip())
    while position < end:
        hit = _TOKEN.match(source, position)
        assert hit and hit.lastgroup, f"not understood: {source[position:]!r}"
        found.append((hit.lastgroup, hit[hit.lastgroup]))
        position = hit.end()
    return found


def _loosely_equal(left: Any, right: Any) -> bool:
    """Strings compare without regard to case; null equals the empty string."""
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    return (left or "") == (right or "") if None in (left, right) else bool(left == right)
