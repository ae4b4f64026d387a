"""Turn texts into prompt tokens: what people wrote never becomes a control token."""

import re
from functools import lru_cache

from jinja2 import TemplateError
from transformers import PreTrainedTokenizerBase

from content_store.errors import BadInput
from generators.chat_template import SYSTEM_MARK, USER_MARK, marked_messages
from generators.language_model import LanguageModel, control_tokens

TEMPLATE_FAULTS = (TemplateError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError)
MARKS = re.compile(f"({SYSTEM_MARK}|{USER_MARK})")


def encode_text(lm: LanguageModel, text: str) -> list[int]:
    """Tokens of a plain prompt, after what the tokenizer puts before any text (a begin token, or nothing)."""
    before = list(lm.tokenizer("").input_ids)
    return before + plain_tokens(lm, text)


def encode_chat(lm: LanguageModel, system: str | None, user: str) -> list[int]:
    """Tokens of a conversation that waits for the assistant, in the model's own chat template.

    Control tokens come from the template alone. A template without a system role gets the system's text at the
    head of the user's; a model without a template gets both as plain text.
    """
    if not lm.tokenizer.chat_template:
        return encode_text(lm, f"{system}\n\n{user}" if system else user)
    frame = _frame(lm.tokenizer, system is not None)
    if system is not None and SYSTEM_MARK not in frame:
        return encode_chat(lm, None, f"{system}\n\n{user}")
    if frame.count(USER_MARK) != 1 or frame.count(SYSTEM_MARK) > 1:
        raise BadInput(
            "The model's chat template leaves out or repeats the message; use the template that the "
            "model's makers publish."
        )
    texts = {SYSTEM_MARK: system or "", USER_MARK: user}
    tokens: list[int] = []
    for part in MARKS.split(frame):
        if part in texts:
            tokens += plain_tokens(lm, texts[part])
        elif part:
            tokens += lm.tokenizer(part, add_special_tokens=False).input_ids
    return tokens


def plain_tokens(lm: LanguageModel, text: str) -> list[int]:
    """Tokens of a text in which `<|im_end|>` and the like are ordinary characters."""
    if not text:
        return []
    controls = control_tokens(lm)
    tokens: list[int] = lm.tokenizer(text, add_special_tokens=False, split_special_tokens=True).input_ids
    if controls.isdisjoint(tokens):
        return tokens
    # Some control tokens are not marked as special in the tokenizer; cut behind the first character they are text.
    words = [
        lm.tokenizer.added_tokens_decoder[one].content
        for one in controls & lm.tokenizer.added_tokens_decoder.keys()
    ]
    cut = re.search("|".join(sorted(map(re.escape, words), key=len, reverse=True)), text) if words else None
    if cut is None or len(cut.group()) < 2:
        return [token for token in tokens if token not in controls]
    at = cut.start() + 1
    return plain_tokens(lm, text[:at]) + plain_tokens(lm, text[at:])


@lru_cache(maxsize=16)
def _frame(tokenizer: PreTrainedTokenizerBase, with_system: bool) -> str:
    try:
        return str(
            tokenizer.apply_chat_template(
                marked_messages(with_system), add_generation_prompt=True, tokenize=False
            )
        )
    except TEMPLATE_FAULTS:
        if with_system:
            return ""
        raise BadInput(
            "The model's chat template fails on a single question; use the template that the model's "
            "makers publish."
        ) from None
