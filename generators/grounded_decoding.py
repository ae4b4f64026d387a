"""Decode under a grammar for each text, within its length, and not ending before its keep phrases stand."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from llguidance import LLExecutor, LLMatcher, LLParserLimits, LLTokenizer
from llguidance.hf import from_tokenizer
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask_par
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from content_store.errors import WorkFailed
from generators.copy_grammar import lark
from generators.grounding import Ground
from generators.language_model import LanguageModel, embedding_rows, end_tokens

#: Tokens of more characters than this are no words, and a grammar of copy has none of them.
LONGEST_WORD = 20
#: A state that was not met before may cost this much work (about a tenth of a second); the default ends texts early.
LIMITS = LLParserLimits(step_lexer_fuel=2_000_000)


class _Text(NamedTuple):
    """A text that is being written: where it is in its grammar, and its bytes so far."""

    matcher: LLMatcher
    written: bytearray


class GroundedDecoding:
    """A logits processor for `decode`: text n of prompt p stands on `grounds[p]`.

    It forbids what the grammar forbids (see copy_grammar), tokens that go beyond `max_chars`, and the end while a keep
    phrase is missing for which there is still room. A text whose likeliest next token no longer fits is over: no token
    is left to it. Raises WorkFailed for a tokenizer or a grammar that llguidance cannot use.
    """

    def __init__(self, lm: LanguageModel, grounds: Sequence[Ground], *, wait_for_keep: bool = True) -> None:
        self._grounds = grounds
        self._wait_for_keep = wait_for_keep
        self._ends = torch.tensor(sorted(end_tokens(lm)))
        vocabulary = _open_vocabulary(lm.tokenizer, embedding_rows(lm.model), tuple(self._ends.tolist()))
        self._tokenizer, self._pieces, self._lengths = vocabulary
        self._executor = LLExecutor(torch.get_num_threads())
        self._fresh: dict[int, LLMatcher] = {}
        self._texts: dict[tuple[int, int], _Text] = {}

    def __call__(
        self, input_ids: torch.LongTensor, scores: torch.Tensor, *, rows: Sequence[tuple[int, int]]
    ) -> torch.Tensor:
        """Scores [rows, vocabulary], changed in place: -inf for every token that the row may not take."""
        self._follow(rows, input_ids[:, -1].tolist())
        mask = allocate_token_bitmask(len(rows), scores.shape[1])
        matchers = [(self._texts[row].matcher, at) for at, row in enumerate(rows)]
        fill_next_token_bitmask_par(self._executor, matchers, mask)
        forbidden = np.unpackbits(~mask.view(np.uint8), axis=1, bitorder="little")[:, : scores.shape[1]]
        scores.masked_fill_(torch.from_numpy(forbidden.view(np.bool_)), -torch.inf)
        unfinished = []
        for at, row in enumerate(rows):
            ground, text = self._grounds[row[0]], self._texts[row].written.decode(errors="ignore")
            if self._texts[row].matcher.is_error():
                # Only the end would be allowed, and the text is not at its end.
                scores[at].fill_(-torch.inf)
            room = len(text) + LONGEST_WORD if ground.max_chars is None else ground.max_chars - len(text)
            if self._wait_for_keep and _awaits_keep(ground.keep, text, room):
                unfinished.append(at)
            if room < LONGEST_WORD:
                best_fits = int(self._lengths[int(scores[at].argmax())]) <= room
                scores[at].masked_fill_(self._lengths > room if best_fits else self._lengths >= 0, -torch.inf)
        if unfinished:
            scores[torch.tensor(unfinished)[:, None], self._ends] = -torch.inf
        return scores

    def _follow(self, rows: Sequence[tuple[int, int]], last: Sequence[int]) -> None:
        """Takes up the token that each row was given since the last call; rows that left are forgotten."""
        for gone in self._texts.keys() - set(rows):
            del self._texts[gone]
        for row, token in zip(rows, last, strict=True):
            if row in self._texts:
                self._texts[row].matcher.consume_token(token)
                self._texts[row].written.extend(self._pieces[token])
            else:
                self._texts[row] = _Text(self._matcher(row[0]), bytearray())

    def _matcher(self, prompt: int) -> LLMatcher:
        """A matcher at its start; copies of one matcher share what it has worked out."""
        if prompt not in self._fresh:
            grammar = LLMatcher.grammar_from_lark(lark(self._grounds[prompt]))
            self._fresh[prompt] = LLMatcher(self._tokenizer, grammar, log_level=0, limits=LIMITS)
            if error := self._fresh[prompt].get_error():
                raise WorkFailed(
                    f"llguidance cannot use the grammar of a text ({' '.join(error.split())[:160]}); "
                    "set grounded = false under [generator]."
                )
        return self._fresh[prompt].deep_copy()


def _awaits_keep(keep: Sequence[str], text: str, room: int) -> bool:
    """Whether a keep phrase is missing and all that are missing still have room."""
    missing = [phrase for phrase in keep if not _stands(phrase, text)]
    return bool(missing) and sum(map(len, missing)) < room


def _stands(phrase: str, text: str) -> bool:
    return phrase in text or text.startswith(phrase[:1].upper() + phrase[1:])


class _Vocabulary(NamedTuple):
    """`pieces` are the bytes of each token; `lengths` [tokens], in characters, 0 for a token that ends a text."""

    tokenizer: LLTokenizer
    pieces: list[bytes]
    lengths: torch.Tensor


@lru_cache(4)
def _open_vocabulary(tokenizer: PreTrainedTokenizerBase, rows: int, ends: tuple[int, ...]) -> _Vocabulary:
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise WorkFailed(
            "this model's tokenizer is a slow one, which no grammar can steer; set grounded = false under [generator]."
        )
    try:
        opened = from_tokenizer(tokenizer, n_vocab=rows, eos_token=list(ends))
    except (ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:160]
        raise WorkFailed(
            f"llguidance cannot read this model's tokenizer ({reason}); set grounded = false under [generator]."
        ) from None
    pieces = [b"" if number in ends else opened.decode_bytes([number]) for number in range(rows)]
    # A part of a character counts as one.
    lengths = torch.tensor([max(len(piece.decode(errors="ignore")), bool(piece)) for piece in pieces])
    return _Vocabulary(opened, pieces, lengths)
