"""Public model classes with recurrent layers, as their packages build them, at the sizes that are their defaults.

    python -m pip install neuralforecast darts pytorch-forecasting joeynmt sb3-contrib flair speechbrain "datasets<4.4"

Nothing is fetched: weights are random, data are made here. Each function gives a model and the arguments of a call.
"""

import sys
import types
import warnings
from collections.abc import Callable
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import torch
from torch import nn

Case = tuple[nn.Module, tuple[Any, ...]]


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def _series(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=_generator()).cumsum(-2)


def _neuralforecast(name: str, **settings: Any) -> Case:
    from neuralforecast import models

    model = getattr(models, name)(h=12, input_size=48, **settings)
    windows = {"insample_y": _series(128, 48, 1), "insample_mask": torch.ones(128, 48, 1)}
    return model, ({**windows, "futr_exog": None, "hist_exog": None, "stat_exog": None},)


def neuralforecast_lstm() -> Case:
    return _neuralforecast("LSTM")


def neuralforecast_gru() -> Case:
    return _neuralforecast("GRU")


def neuralforecast_dilated_rnn() -> Case:
    return _neuralforecast("DilatedRNN")


def _darts(name: str, **settings: Any) -> Case:
    """The module inside a darts model, and the first batch that it was trained on."""
    from darts import TimeSeries, models

    series = TimeSeries.from_values(_series(400, 1).numpy().astype(np.float32))
    quiet = {"accelerator": "cpu", "enable_progress_bar": False, "logger": False, "enable_checkpointing": False}
    options = {"input_chunk_length": 24, "n_epochs": 1, "batch_size": 32, "pl_trainer_kwargs": quiet, **settings}
    model = getattr(models, name)(**options)
    model.fit(series, max_samples_per_ts=32, verbose=False)
    batches: list[tuple[Any, ...]] = []
    handle = model.model.register_forward_pre_hook(lambda _, given: batches.append(given))
    model.fit(series, max_samples_per_ts=32, epochs=1, verbose=False)
    handle.remove()
    model.model._trainer = None
    return model.model.train(), batches[0]


def darts_rnn() -> Case:
    return _darts("RNNModel", model="LSTM", training_length=48)


def darts_block_rnn() -> Case:
    return _darts("BlockRNNModel", model="GRU", output_chunk_length=12)


def pytorch_forecasting_recurrent() -> Case:
    """Its LSTM is a subclass of torch's that inherits forward."""
    import pandas as pd
    from pytorch_forecasting import RecurrentNetwork, TimeSeriesDataSet

    rows = [(g, t, float(v)) for g in range(64) for t, v in enumerate(_series(60, 1).flatten() + g)]
    frame = pd.DataFrame(rows, columns=["group", "time", "value"]).assign(group=lambda f: f.group.astype(str))
    kinds = {"time_idx": "time", "target": "value", "group_ids": ["group"], "time_varying_unknown_reals": ["value"]}
    data = TimeSeriesDataSet(frame, **kinds, max_encoder_length=36, max_prediction_length=12)
    model = RecurrentNetwork.from_dataset(data, hidden_size=32, rnn_layers=2)
    batch, _ = next(iter(data.to_dataloader(batch_size=64, shuffle=False)))
    return model, (batch,)


class Translates(nn.Module):
    """Joey NMT's model, called for its scores."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, src: torch.Tensor, length: torch.Tensor, trg: torch.Tensor) -> torch.Tensor:
        masks = {
            "src_mask": torch.ones(len(src), 1, src.shape[1]).bool(),
            "trg_mask": torch.ones(len(trg), 1, 1).bool(),
        }
        return self.model._encode_decode(src=src, trg_input=trg, src_length=length, **masks)[0]


def joeynmt_model() -> Case:
    """Luong's attention over a bidirectional encoder: the decoder steps through the target one word at a time."""
    from joeynmt.model import build_model
    from joeynmt.vocabulary import Vocabulary

    special = types.SimpleNamespace(
        unk_token="<unk>", pad_token="<pad>", bos_token="<s>", eos_token="</s>", sep_token=None,
        unk_id=0, pad_id=1, bos_id=2, eos_id=3, sep_id=None, lang_tags=[],
    )  # fmt: skip
    words = Vocabulary([f"w{i}" for i in range(1000)], special)
    part = {"type": "recurrent", "rnn_type": "gru", "hidden_size": 128, "dropout": 0.1}
    part["embeddings"] = {"embedding_dim": 64, "scale": False}
    encoder, decoder = {**part, "bidirectional": True}, {**part, "attention": "luong", "init_hidden": "bridge"}
    model = build_model({"encoder": encoder, "decoder": decoder}, words, words)
    src, trg = (torch.randint(4, 1000, (32, n), generator=_generator()) for n in (20, 18))
    return Translates(model), (src, torch.arange(32).flip(0).clamp(4, 20), trg)


class Evaluates(nn.Module):
    """A policy of stable-baselines3-contrib, called as its training calls it."""

    def __init__(self, policy: nn.Module) -> None:
        super().__init__()
        self.policy = policy

    def forward(self, observations: torch.Tensor, actions: torch.Tensor, starts: torch.Tensor) -> tuple[Any, ...]:
        from sb3_contrib.common.recurrent.type_aliases import RNNStates

        h = torch.zeros(1, 8, 256)
        return self.policy.evaluate_actions(observations, actions, RNNStates((h, h), (h, h)), starts)


def sb3_recurrent_ppo() -> Case:
    from gymnasium.spaces import Box, Discrete
    from sb3_contrib.ppo_recurrent.policies import MlpLstmPolicy

    policy = MlpLstmPolicy(Box(-1, 1, (8,)), Discrete(4), lambda _: 3e-4)
    actions, starts = torch.randint(4, (128,), generator=_generator()), torch.zeros(128)
    return Evaluates(policy), (_series(128, 8), actions, starts)


def _letters() -> Any:
    from flair.data import Dictionary

    letters = Dictionary()
    for code in range(33, 127):
        letters.add_item(chr(code))
    return letters


def flair_language_model() -> Case:
    from flair.models import LanguageModel

    model = LanguageModel(_letters(), is_forward_lm=True, hidden_size=256, nlayers=1)
    return model, (torch.randint(90, (100, 32), generator=_generator()), model.init_hidden(32))


class Tags(nn.Module):
    """flair's tagger, from embedded words to scores: it packs the sentences by their lengths."""

    def __init__(self, tagger: nn.Module) -> None:
        super().__init__()
        self.tagger = tagger

    def forward(self, words: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        return self.tagger(words, lengths)


def flair_tagger() -> Case:
    from flair.embeddings import OneHotEmbeddings
    from flair.models import SequenceTagger

    embeddings = OneHotEmbeddings(_letters(), embedding_length=100)
    model = SequenceTagger(embeddings, _letters(), "ner", use_crf=False, hidden_size=256, tag_format="BIO")
    lengths = torch.randint(5, 40, (32,), generator=_generator()).sort(descending=True).values
    return Tags(model), (_series(32, int(lengths[0]), 100), lengths)


def _speechbrain(name: str) -> Any:
    """A layer of speechbrain.nnet.RNN; the package asks for torchaudio, of which these layers use nothing."""
    try:
        import torchaudio  # noqa: F401
    except (ImportError, OSError):  # its wheels want CUDA
        for part in ("torchaudio", "torchaudio.transforms", "torchaudio.functional"):
            sys.modules[part] = MagicMock()
    from speechbrain.nnet import RNN

    return getattr(RNN, name)


def speechbrain_lstm() -> Case:
    """An acoustic encoder over utterances of different lengths, given as shares of the longest; packed inside."""
    model = _speechbrain("LSTM")(hidden_size=128, input_size=40, num_layers=2, bidirectional=True)
    return model, (_series(16, 200, 40), None, torch.linspace(0.2, 1, 16))


def speechbrain_attentional_decoder() -> Case:
    options = {"rnn_type": "gru", "attn_type": "content", "hidden_size": 128, "attn_dim": 128, "num_layers": 1}
    model = _speechbrain("AttentionalRNNDecoder")(**options, enc_dim=128, input_size=64)
    return model, (_series(16, 12, 64), _series(16, 40, 128), torch.linspace(0.4, 1, 16))


def transformers_encodec() -> Case:
    from transformers import EncodecConfig, EncodecModel

    model = EncodecModel(EncodecConfig(hidden_size=64, num_filters=8, codebook_size=64, upsampling_ratios=[8, 4, 4]))
    return model.encoder, (torch.randn(4, 1, 16000, generator=_generator()),)


class Sentiment(nn.Module):
    """As tutorials write it: embedded words, packed, two bidirectional layers, the last state, a label."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(5000, 100)
        self.rnn = nn.GRU(100, 128, 2, bidirectional=True, dropout=0.5, batch_first=True)
        self.out = nn.Linear(256, 1)

    def forward(self, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        packed = nn.utils.rnn.pack_padded_sequence(self.words(ids), lengths, batch_first=True, enforce_sorted=False)
        hidden = self.rnn(packed)[1]
        return self.out(torch.cat([hidden[-2], hidden[-1]], 1))


def tutorial_sentiment() -> Case:
    ids = torch.randint(5000, (32, 200), generator=_generator())
    return Sentiment(), (ids, torch.randint(10, 200, (32,), generator=_generator()))


MODELS: dict[str, Callable[[], Case]] = {
    "neuralforecast LSTM": neuralforecast_lstm,
    "neuralforecast GRU": neuralforecast_gru,
    "neuralforecast DilatedRNN": neuralforecast_dilated_rnn,
    "darts RNNModel (LSTM)": darts_rnn,
    "darts BlockRNNModel (GRU)": darts_block_rnn,
    "pytorch-forecasting RecurrentNetwork": pytorch_forecasting_recurrent,
    "Joey NMT, GRU with attention": joeynmt_model,
    "RecurrentPPO's MlpLstmPolicy": sb3_recurrent_ppo,
    "flair LanguageModel": flair_language_model,
    "flair SequenceTagger, packed": flair_tagger,
    "speechbrain LSTM, packed": speechbrain_lstm,
    "speechbrain AttentionalRNNDecoder": speechbrain_attentional_decoder,
    "transformers EncodecModel's encoder": transformers_encodec,
    "a sentiment model as tutorials write it, packed": tutorial_sentiment,
}


def built(name: str) -> Case:
    """The model of that name with weights of a fixed seed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        return MODELS[name]()
