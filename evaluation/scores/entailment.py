"""Score: whether a sentence follows from its facts, by a local cross-encoder for natural language inference."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from content_store.errors import BadInput
from content_store.model_folders import check_model_folder

# A checkable sentence that follows with less than this probability is refused.
LEAST_ENTAILMENT = 0.5
_BATCH = 32


class NliModel(NamedTuple):
    """`entailed` is the index of the label "entailment"; `longest` the number of tokens that the model reads."""

    tokenizer: Any
    model: Any
    entailed: int
    longest: int


def load_nli(folder: Path) -> NliModel:
    """A Hugging Face folder with safetensors and a label "entailment"; raises BadInput for any other."""
    check_model_folder(folder)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        model = AutoModelForSequenceClassification.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, use_safetensors=True
        )
    except (OSError, ValueError, KeyError) as error:
        raise BadInput(
            f"{folder}: no model that classifies pairs of texts ({error}); name an NLI cross-encoder."
        ) from None
    labels = {int(number): str(name).lower() for number, name in model.config.id2label.items()}
    entailed = [number for number, name in labels.items() if name.startswith("entail")]
    if len(entailed) != 1:
        raise BadInput(
            f'{folder}: none of its labels ({", ".join(labels.values())}) is "entailment"; name an NLI cross-encoder.'
        )
    longest = min(int(tokenizer.model_max_length), int(getattr(model.config, "max_position_embeddings", 512)))
    return NliModel(tokenizer, model.eval(), entailed[0], longest)


def entailment(nli: NliModel, facts: Sequence[str], sentences: Sequence[str]) -> NDArray[np.float64]:
    """The probability that sentence i follows from the text facts[i], 0..1.

    Facts beyond what the model can read make the pair unreadable, and its probability 0.
    """
    found = np.zeros(len(sentences))
    for start in range(0, len(sentences), _BATCH):
        part = slice(start, start + _BATCH)
        batch = nli.tokenizer(list(facts[part]), list(sentences[part]), padding=True, return_tensors="pt")
        readable = batch["attention_mask"].sum(dim=1) <= nli.longest
        kept = {name: values[readable][:, : nli.longest] for name, values in batch.items()}
        if readable.any():
            with torch.inference_mode():
                chances = nli.model(**kept).logits.float().softmax(dim=1)[:, nli.entailed]
            found[start + np.flatnonzero(readable.numpy())] = chances.numpy()
    return found
