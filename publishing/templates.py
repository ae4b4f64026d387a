"""E-mail templates: MJML and a text part, compiled once into what is the same for all and what each customer fills in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import jinja2
from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape
from mjml import mjml2html

from content_store.errors import BadInput
from publishing.escaping import link_part
from publishing.html_places import LINKS, STATEMENT, VALUE, Place, places
from publishing.template_language import CUSTOMER, FILTERS, TESTS, field_name, in_order, read, top_level

_CODE = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)


class Field(NamedTuple):
    """A value of the customer at one place."""

    name: str
    place: Place


class Link(NamedTuple):
    """One of the links at one place."""

    name: str
    place: Place


class Shared(NamedTuple):
    """A stretch that is the same for every customer of a message."""

    template: jinja2.Template


class Personal(NamedTuple):
    """A stretch with logic on the customer's values."""

    template: jinja2.Template


class Part(NamedTuple):
    """One part of an e-mail in order; `names` and `fields` are all that it may ask for."""

    stretches: tuple[Shared | Personal | Field | Link, ...]
    names: frozenset[str]
    fields: frozenset[str]


class Template(NamedTuple):
    """A compiled template."""

    html: Part
    text: Part


class Filled(NamedTuple):
    """A part of one message: texts, and what each customer fills in between; `values` are for the logic."""

    pieces: tuple[str | Field | Link | Personal, ...]
    values: dict[str, Any]


def _environment(autoescape: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=autoescape)
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in FILTERS} | {"link_part": link_part}
    environment.tests = {name: environment.tests[name] for name in TESTS}
    return environment


_HTML = _environment(autoescape=True)
_TEXT = _environment(autoescape=False)


@lru_cache(64)
def compile_template(mjml: str, text: str, name: str = "template") -> Template:
    """The template ready to be filled in; BadInput with one sentence about what is wrong in NAME.mjml or NAME.txt.

    A template that nobody has checked may bring down the process that compiles it: see template_check.py.
    """
    try:
        page = _page(mjml)
        html = _part(_HTML, page, is_page=True)
    except (ValueError, TemplateSyntaxError, RecursionError) as error:
        raise BadInput(f"{name}.mjml: {_reason(error)}.") from None
    try:
        return Template(html, _part(_TEXT, text, is_page=False))
    except (ValueError, TemplateSyntaxError, RecursionError) as error:
        raise BadInput(f"{name}.txt: {_reason(error)}.") from None


def fill_shared(part: Part, values: Mapping[str, str]) -> Filled:
    """The part of one message, its texts put in; BadInput when it asks for a text that the message lacks.

    `values` are the texts by slot and `brand`; what differs between customers must not be among them.
    """
    pieces: list[str | Field | Link | Personal] = []
    for stretch in part.stretches:
        pieces.append(_rendered(stretch.template, values) if isinstance(stretch, Shared) else stretch)
    return Filled(tuple(pieces), dict(values))


def fill_in(part: Filled, customer: Mapping[str, str], links: Mapping[str, str]) -> str:
    """The part for one customer: the values are texts, the links were checked by `escaping.link`."""
    filled = []
    for piece in part.pieces:
        if isinstance(piece, str):
            filled.append(piece)
        elif isinstance(piece, Field):
            filled.append(_ESCAPED[piece.place](customer[piece.name]))
        elif isinstance(piece, Link):
            filled.append(_ESCAPED[piece.place](links[piece.name]))
        else:
            filled.append(_rendered(piece.template, {**part.values, CUSTOMER: customer, **links}))
    return "".join(filled)


_ESCAPED: dict[Place, Any] = {Place.TEXT: str, Place.HTML: escape, Place.LINK_PART: link_part}


def _rendered(template: jinja2.Template, values: Mapping[str, Any]) -> str:
    try:
        return template.render(values)
    except jinja2.UndefinedError as error:
        raise BadInput(f"the message's template cannot be filled in: {error.message}.") from None


def _page(mjml: str) -> str:
    """The HTML of MJML whose places are still open."""
    read(_TEXT, mjml)
    try:
        # Without fonts: MJML would link those it knows from Google's servers, which then see who opens the e-mail.
        page = str(mjml2html(mjml, fonts={}))
    except ValueError as error:
        raise ValueError(f"this is not MJML ({error})") from None
    for code in set(_CODE.findall(mjml)):
        if page.count(code) < mjml.count(code):
            raise ValueError(
                f"MJML drops or changes {code}; put it into a text, or between two elements as mj-raw"
            )
    return page


def _part(environment: jinja2.Environment, source: str, *, is_page: bool) -> Part:
    tree, names, fields = read(environment, source)
    if is_page:
        _escape_links(tree)
    stretches: list[Shared | Personal | Field | Link] = []
    shared: list[nodes.Node] = []
    for node in top_level(tree):
        if not _differs(node):
            shared.append(node)
            continue
        if shared:
            stretches.append(Shared(_compiled(environment, shared)))
            shared = []
        stretches.append(
            _place(node, Place.HTML if is_page else Place.TEXT) or Personal(_compiled(environment, [node]))
        )
    if shared:
        stretches.append(Shared(_compiled(environment, shared)))
    return Part(tuple(stretches), names, fields)


def _compiled(environment: jinja2.Environment, body: list[nodes.Node]) -> jinja2.Template:
    tree = nodes.Template(body, lineno=1)
    tree.set_environment(environment)
    return environment.from_string(tree)


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, TemplateSyntaxError):
        return f"line {error.lineno}: {error.message}"
    return str(error)


def _escape_links(tree: nodes.Template) -> None:
    """Percent-encode the values inside links; ValueError for a value at a place where none may stand."""
    page: list[str] = []
    outputs: list[tuple[nodes.Output, int]] = []
    for node in in_order(tree.body):
        if node is None:
            page.append(STATEMENT)
            continue
        for index, child in enumerate(node.nodes):
            if isinstance(child, nodes.TemplateData):
                if VALUE in child.data or STATEMENT in child.data:
                    raise ValueError("it holds a character of private use; remove it")
                page.append(child.data)
            else:
                page.append(VALUE)
                outputs.append((node, index))
    found = places("".join(page), [_said(output.nodes[index]) for output, index in outputs])
    for (output, index), place in zip(outputs, found, strict=True):
        if place is Place.LINK_PART:
            child = output.nodes[index]
            output.nodes[index] = nodes.Filter(child, "link_part", [], [], None, None, lineno=child.lineno)


def _differs(node: nodes.Node) -> bool:
    """True for what is not the same for all customers of a message."""
    return any(name.name == CUSTOMER or name.name in LINKS for name in node.find_all(nodes.Name))


def _place(node: nodes.Node, place: Place) -> Field | Link | None:
    """The field or link that stands here without any logic."""
    if not isinstance(node, nodes.Output):
        return None
    value = node.nodes[0]
    if isinstance(value, nodes.Filter) and value.name == "link_part" and value.node is not None:
        value, place = value.node, Place.LINK_PART
    if name := field_name(value):
        return Field(name, place)
    return Link(value.name, place) if isinstance(value, nodes.Name) else None


def _said(value: nodes.Node) -> str:
    """What a value is called in a sentence."""
    if name := field_name(value):
        return f"{CUSTOMER}.{name}"
    return value.name if isinstance(value, nodes.Name) else "a value"
