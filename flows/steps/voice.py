"""The brand's voice model: learned from the shipped texts, the brand's examples and its approved blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from content_store.brand_folder.blocks import load_blocks
from content_store.brand_folder.brand import Brand
from content_store.errors import BadInput
from evaluation.tone.examples import Example, shipped_examples, shipped_vectors
from evaluation.tone.voice_model import VoiceModel, learn_voice

if TYPE_CHECKING:
    from pathlib import Path

    from flows.steps.workplace import Workplace

#: More approved texts than these teach nothing new and cost time when a folder is opened first.
BLOCKS_READ = 500


def voice_of(workplace: Workplace) -> VoiceModel:
    """What was learned from the brand folder as it stands; the vectors of its texts are kept in the lake."""
    shipped = shipped_examples()
    own = own_examples(workplace.brand, workplace.settings.brand)
    vectors = shipped_vectors(workplace.encoder_fingerprint)
    if vectors is None:
        vectors = workplace.encode([example.text for example in shipped], "voice")
    own_vectors = workplace.encode([example.text for example in own], "voice") if own else None
    return learn_voice(shipped, vectors, own, own_vectors)


def own_examples(brand: Brand, folder: Path) -> list[Example]:
    """The do and don't examples, then the first approved English blocks by id; each text once."""
    texts = {text: Example(text, True, brand.voice.tone) for text in brand.voice.do}
    texts |= {text: Example(text, False) for text in brand.voice.dont}
    for text in approved_texts(folder):
        texts.setdefault(text, Example(text, True, brand.voice.tone))
    return list(texts.values())


def approved_texts(folder: Path) -> list[str]:
    """The texts of the approved English blocks; none where the blocks cannot be read, which other commands report."""
    try:
        blocks = sorted(load_blocks(folder / "blocks"), key=lambda block: block.id)
    except BadInput:
        return []
    return [block.text for block in blocks if block.status == "approved" and block.locale.startswith("en")][
        :BLOCKS_READ
    ]
