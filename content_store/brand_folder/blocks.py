"""blocks/*.md: approved content with front matter, and blocks as JSON Lines."""

from __future__ import annotations

import hashlib
import html
import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import nh3
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from content_store.brand_folder import yaml_text
from content_store.brand_folder.brand import Day, Locale, Strict, Text
from content_store.brand_folder.instructions import speaks_to_the_machine
from content_store.errors import BadInput

BlockId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}$")]

_MARKUP = re.compile(r"</?[a-zA-Z][^>]*>|<!--")
_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)(.*)", re.DOTALL | re.MULTILINE)


def clean(text: str) -> str:
    """Plain text: markup and scripts are taken out, invisible and control characters dropped, spaces made one."""
    text = _visible(text)
    if _MARKUP.search(text):
        text = _visible(html.unescape(nh3.clean(text, tags=set(), clean_content_tags={"script", "style"})))
    # What is left of a broken or hidden tag or address must not work when somebody pastes it into a page.
    text = re.sub(r"<+(?=[/!a-zA-Z])", "", text)
    return re.sub(r"(?i)(javascript)[\s:]*:", r"\1", text)


def for_people(text: str) -> str:
    """A clean text; ValueError when it speaks to the model or to a program instead of to people."""
    if reason := speaks_to_the_machine(text):
        raise ValueError(f"{reason}; write it for people")
    return clean(text)


def _visible(text: str) -> str:
    lines = "\n".join(text.splitlines()).replace("\t", " ")
    kept = (
        char for char in lines if char == "\n" or unicodedata.category(char) not in {"Cc", "Cf", "Co", "Cs"}
    )
    return re.sub(r"[ \u00a0]+", " ", "".join(kept)).strip()


CleanText = Annotated[Text, AfterValidator(clean), StringConstraints(min_length=1)]
#: The gates read no longer statement.
Statement = Annotated[CleanText, StringConstraints(max_length=3000)]


class Fact(Strict):
    """A statement that may be repeated, with the literal parts that must survive."""

    text: Statement = Field(description="A statement that copy may repeat.")
    keep: list[CleanText] = Field(default_factory=list, description="Literal parts of it that must survive.")

    @model_validator(mode="after")
    def _keep_is_literal(self) -> Fact:
        for phrase in self.keep:
            if phrase not in self.text:
                raise ValueError(f"the keep phrase {phrase!r} does not stand in its fact {self.text!r}")
        return self


class BlockFile(Strict):
    """One block as a person wrote it: the front matter and the approved text."""

    id: BlockId = Field(description="The block's name, distinct in the brand.")
    text: CleanText = Field(description="The approved text.")
    slot: Text = Field(default="body", description="The slot that the text was written for.")
    channels: list[Text] = Field(
        default_factory=lambda: ["email"], min_length=1, description="Where it may be used."
    )
    locale: Locale = Field(default="en-US", description="The language of the text.")
    themes: list[Text] = Field(
        default_factory=lambda: ["general"],
        min_length=1,
        description="What it is about, the main theme first; store and general go with every theme.",
    )
    mode: Literal["verbatim", "rewrite"] = Field(
        default="rewrite",
        description="verbatim: used word for word; rewrite: the model may say its facts anew.",
    )
    facts: list[Fact] = Field(default_factory=list, description="What copy made from the block may say.")
    valid_from: Day | None = Field(default=None, description="The first day on which it may be used.")
    valid_until: Day | None = Field(default=None, description="The last day on which it may be used.")
    status: Literal["draft", "approved", "withdrawn"] = Field(
        default="draft", description="Only approved blocks are used."
    )
    owner: Text = Field(default="unknown", description="Who answers for it.")

    @model_validator(mode="after")
    def _dates_in_order(self) -> BlockFile:
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValueError(f"valid_until {self.valid_until} lies before valid_from {self.valid_from}")
        return self

    @property
    def content_hash(self) -> str:
        """SHA-256 of everything but the status: a change of any of it makes a new version."""
        content = self.model_dump(mode="json", exclude={"status"})
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    @property
    def held_reason(self) -> str | None:
        """Why a person must look at the block before it can be used, or None."""
        texts = [self.text, *(text for fact in self.facts for text in (fact.text, *fact.keep))]
        return next((reason for text in texts if (reason := speaks_to_the_machine(text))), None)


def load_blocks(path: Path) -> Iterator[BlockFile]:
    """Every block of a folder of .md files, of one .md file or of a .jsonl file; ids must be distinct."""
    blocks: Iterator[tuple[str, BlockFile]]
    if path.is_dir():
        files = sorted(path.glob("*.md"))
        if not files:
            raise BadInput(f"{path}: the folder holds no .md files; put blocks there, one a file.")
        blocks = ((file.name, parse_block(yaml_text.read_text(file), str(file))) for file in files)
    elif path.suffix == ".md":
        blocks = iter([(path.name, parse_block(yaml_text.read_text(path), str(path)))])
    else:
        blocks = _json_lines(path)
    places: dict[str, str] = {}
    for place, block in blocks:
        if block.id in places:
            raise BadInput(
                f"{path}: the block id {block.id} stands in {places[block.id]} and in {place}; keep one."
            )
        places[block.id] = place
        yield block


def parse_block(text: str, where: str) -> BlockFile:
    """A Markdown file with front matter between two `---` lines, as a block."""
    found = _FRONT_MATTER.match(text.replace("\r\n", "\n"))
    if found is None:
        raise BadInput(f"{where}: line 1: front matter between two lines of --- is expected; add it.")
    matter, body = found.groups()
    # The line above the matter is counted, so that the lines in messages are those of the file.
    value = yaml_text.parse(f"\n{matter}", where)
    if "text" in value:
        raise BadInput(f"{where}: text is not a key of the front matter; write the approved text below it.")
    return _block({**value, "text": body}, where)


def _block(value: dict[str, Any], where: str) -> BlockFile:
    if isinstance(value.get("text"), str) and not clean(value["text"]):
        raise BadInput(f"{where}: the block has no text; write the approved text.")
    return yaml_text.validate(BlockFile, value, where)


def _json_lines(path: Path) -> Iterator[tuple[str, BlockFile]]:
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        where = f"{path}: line {number}"
        try:
            value = json.loads(line)
        except json.JSONDecodeError as error:
            raise BadInput(
                f"{where}: this is not JSON ({error.msg}); each line must be one JSON object."
            ) from None
        except RecursionError:
            raise BadInput(f"{where}: the JSON is nested too deeply; flatten it.") from None
        if not isinstance(value, dict):
            raise BadInput(f"{where}: a JSON object with at least id and text is expected.")
        yield f"line {number}", _block(value, where)


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                yield _decoded(line, f"{path}: line {number}")
    except FileNotFoundError:
        raise BadInput(f"{path}: the file is missing; give a .jsonl file or a folder of .md files.") from None
    except OSError as error:
        raise BadInput(
            f"{path}: the file cannot be read ({error.strerror}); check its path and rights."
        ) from None


def _decoded(line: bytes, where: str) -> str:
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{where}: this is not UTF-8; save the file as UTF-8.") from None
