"""The little language of our templates: values, `if` and a few filters; no loop, no call, no arithmetic.

So a rendering ends after one pass over the template, and no expression reaches anything but the texts that it is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import jinja2
from jinja2 import nodes
from jinja2.visitor import NodeTransformer

FILTERS = ("capitalize", "default", "lower", "title", "trim", "upper")
TESTS = ("defined", "undefined")
COMPARISONS = ("eq", "ne", "in", "notin")
CUSTOMER = "customer"

_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.Name, nodes.Const, nodes.List, nodes.Tuple,
    nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Filter, nodes.Test,
    nodes.Getattr, nodes.Getitem)  # fmt: skip
_KINDS = {
    "Scope": "a block such as autoescape or with",
    "FromImport": "import",
    "CallBlock": "a call",
    "FilterBlock": "a filter block",
    "AssignBlock": "set",
    "Assign": "set",
    "For": "a loop",
    **dict.fromkeys(("Add", "Div", "FloorDiv", "Mod", "Mul", "Neg", "Pos", "Pow", "Sub"), "arithmetic"),
}


class Syntax(NamedTuple):
    """A template's tree, where `customer.x` is a look-up in a dict, and all that it asks for."""

    tree: nodes.Template
    names: frozenset[str]
    fields: frozenset[str]


def read(environment: jinja2.Environment, source: str) -> Syntax:
    """The template's tree; ValueError with line and reason for what is not allowed, TemplateSyntaxError else."""
    reader = _Reader()
    tree = reader.visit(environment.parse(source))
    assert isinstance(tree, nodes.Template)
    return Syntax(tree, frozenset(reader.names), frozenset(reader.fields))


def in_order(body: Sequence[nodes.Node]) -> Iterator[nodes.Output | None]:
    """Every output as it stands in the source, with None for each {% … %}."""
    for node in body:
        if isinstance(node, nodes.Output):
            yield node
        elif isinstance(node, nodes.If):
            yield None
            yield from in_order(node.body)
            for branch in node.elif_:
                yield None
                yield from in_order(branch.body)
            yield None
            yield from in_order(node.else_)
            yield None


def top_level(tree: nodes.Template) -> Iterator[nodes.Node]:
    """Texts, values and whole ifs, one after the other."""
    for node in tree.body:
        if isinstance(node, nodes.Output):
            for child in node.nodes:
                yield nodes.Output([child], lineno=node.lineno)
        else:
            yield node


def field_name(value: nodes.Node) -> str | None:
    """x for `customer.x`, None for anything else."""
    if isinstance(value, nodes.Getitem) and isinstance(value.arg, nodes.Const):
        return str(value.arg.value)
    return None


class _Reader(NodeTransformer):
    """Refuses what is not allowed, notes which values are asked for, and makes `customer.x` a look-up in a dict.

    As an attribute, a field called `items` would be the method of the dict.
    """

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.fields: set[str] = set()

    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(node, _ALLOWED):
            raise _fault(
                node, f"{_KINDS.get(type(node).__name__, type(node).__name__.lower())} is not allowed"
            )
        return super().visit(node, *args, **kwargs)

    def visit_Name(self, node: nodes.Name) -> nodes.Node:
        if node.name == CUSTOMER:
            raise _fault(node, "customer stands without a field; write customer.FIELD")
        self.names.add(node.name)
        return node

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:
        return self._field(node, node.attr)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        return self._field(node, node.arg.value if isinstance(node.arg, nodes.Const) else None)

    def _field(self, node: nodes.Getattr | nodes.Getitem, name: Any) -> nodes.Node:
        if not isinstance(node.node, nodes.Name) or node.node.name != CUSTOMER or not isinstance(name, str):
            raise _fault(node, "only customer has fields, written customer.FIELD")
        self.fields.add(name)
        return nodes.Getitem(node.node, nodes.Const(name), "load", lineno=node.lineno)

    def visit_CondExpr(self, node: nodes.CondExpr) -> nodes.Node:
        # Without it the value would be missing for some customers only.
        if node.expr2 is None:
            raise _fault(node, "an if inside {{ }} has no else")
        return self._inside(node)

    def visit_Operand(self, node: nodes.Operand) -> nodes.Node:
        # Texts are compared: less and more would mean their letters, and nothing is in a number.
        number = isinstance(node.expr, nodes.Const) and not isinstance(node.expr.value, str)
        if node.op not in COMPARISONS or (number and node.op in {"in", "notin"}):
            raise _fault(node, f"the comparison {node.op} is not allowed")
        return self._inside(node)

    def visit_Filter(self, node: nodes.Filter) -> nodes.Node:
        simple = not (node.kwargs or node.dyn_args or node.dyn_kwargs)
        if node.name not in FILTERS or not simple or len(node.args) != (node.name == "default"):
            raise _fault(node, f"the filter {node.name} is not allowed here")
        return self._inside(node)

    def visit_Test(self, node: nodes.Test) -> nodes.Node:
        if node.name not in TESTS or node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
            raise _fault(node, f"the test {node.name} is not allowed here")
        return self._inside(node)

    def _inside(self, node: nodes.Node) -> nodes.Node:
        return self.generic_visit(node)


def _fault(node: nodes.Node, what: str) -> ValueError:
    line = f"line {node.lineno}: " if node.lineno else ""
    return ValueError(
        f"{line}{what}; a template may hold values, if, == and in, and the filters {', '.join(FILTERS)}"
    )
