"""Real models small enough to be built in a second: random weights, real tokenizers, real files."""

from __future__ import annotations

import string
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def build_encoder(folder: Path) -> Path:
    """A sentence-transformers folder: two BERT layers of 32 numbers over single characters."""
    wrapped = _character_tokenizer()
    torch.manual_seed(0)
    inner = folder / "inner"
    BertModel(_bert_config(len(wrapped))).save_pretrained(inner)
    wrapped.save_pretrained(inner)
    transformer = Transformer(str(inner), max_seq_length=256)
    encoder = SentenceTransformer(
        modules=[transformer, Pooling(transformer.get_embedding_dimension()), Normalize()], device="cpu"
    )
    encoder.save(str(folder / "encoder"))
    return folder / "encoder"


def build_nli(folder: Path, label: str) -> Path:
    """A cross-encoder over single characters that answers every pair with one of its three labels."""
    labels = ("contradiction", "entailment", "neutral")
    tokenizer = _character_tokenizer()
    torch.manual_seed(0)
    config = _bert_config(len(tokenizer))
    config.id2label, config.label2id = dict(enumerate(labels)), {name: i for i, name in enumerate(labels)}
    model = BertForSequenceClassification(config)
    with torch.no_grad():
        model.classifier.bias.copy_(torch.tensor([8.0 * (name == label) for name in labels]))
    model.save_pretrained(folder / "nli")
    tokenizer.save_pretrained(folder / "nli")
    return folder / "nli"


def build_generator(folder: Path) -> Path:
    """A causal model folder: two Llama layers of 32 numbers over bytes, with a chat template."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    tokenizer = Tokenizer(
        models.BPE({token: number for number, token in enumerate([*special, *alphabet])}, [])
    )
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    wrapped = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        bos_token="<|im_start|>",
        pad_token="<|endoftext|>",
        unk_token="<|endoftext|>",
    )
    wrapped.chat_template = CHAT_TEMPLATE
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(special) + len(alphabet),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
    )
    LlamaForCausalLM(config).save_pretrained(folder / "generator")
    wrapped.save_pretrained(folder / "generator")
    return folder / "generator"


def _bert_config(words: int) -> BertConfig:
    return BertConfig(
        vocab_size=words,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=256,
    )


def _character_tokenizer() -> PreTrainedTokenizerFast:
    characters = sorted(set(string.ascii_lowercase + string.digits + string.punctuation))
    vocabulary = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *characters,
        *(f"##{char}" for char in characters),
    ]
    tokenizer = Tokenizer(
        models.WordPiece({token: number for number, token in enumerate(vocabulary)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )
