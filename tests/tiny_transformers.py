"""Pretrained transformers in miniature, with random weights, as Hugging Face keeps them on disk.

There is a BERT and a RoBERTa.
"""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from tokenizers.trainers import BpeTrainer
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast, RobertaConfig, RobertaModel

PIECES = (
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "ann",
    "bob",
    "ro",
    "##me",
    "was",
    "here",
    "saw",
    "#",
    "love",
    "http",
    "##s",
    "a",
)

_SMALL: dict[str, Any] = {
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 16,
}


def write_bert(folder: Path, *, longest: int = 40) -> Path:
    """Two layers, 8 wide, that read 38 pieces at once."""
    tokenizer = Tokenizer(
        models.WordPiece({piece: number for number, piece in enumerate(PIECES)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=4)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]"
    ).save_pretrained(folder)  # type: ignore[no-untyped-call]
    torch.manual_seed(0)
    BertModel(
        BertConfig(vocab_size=len(PIECES), max_position_embeddings=longest, **_SMALL)
    ).save_pretrained(folder)
    return folder


def write_roberta(folder: Path) -> Path:
    """Two layers, 8 wide; bytes as pieces, so that a blank before a word is a part of it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    texts = ["ann was here", "bob saw rome", *["is a a a a"] * 5]
    tokenizer.train_from_iterator(
        texts,
        BpeTrainer(
            vocab_size=300,
            special_tokens=special,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        ),
    )
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", 2), ("<s>", 0), add_prefix_space=False
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="<unk>",
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
    ).save_pretrained(folder)  # type: ignore[no-untyped-call]
    torch.manual_seed(0)
    RobertaModel(
        RobertaConfig(
            vocab_size=tokenizer.get_vocab_size(),
            max_position_embeddings=42,
            pad_token_id=1,
            **_SMALL,
        )
    ).save_pretrained(folder)
    return folder
