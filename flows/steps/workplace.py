"""An opened brand folder: its settings, policy, database and models, each loaded when it is first needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from content_store.brand_folder.brand import NEUTRAL_BRAND, Brand, load_brand
from content_store.brand_folder.briefs import BriefFile, load_briefs
from content_store.database import Sessions, open_database, session_maker
from content_store.errors import BadInput
from content_store.model_folders import check_model_folder, default_encoder_folder, fingerprint
from content_store.settings import Settings, load_settings
from evaluation.gates.policy_of_brand import policy_of

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from evaluation.preference.model import Preference
    from evaluation.scores.entailment import NliModel
    from evaluation.scores.statement import StatementModel
    from evaluation.tone.voice_model import VoiceModel
    from flows.steps.holding import Heart
    from generators.language_model import LanguageModel

Progress = Callable[[str, int, int], None]

#: Who watches the work of this context: called with (stage, done, total). A flow run opens its own workplace, so the
#: watcher cannot be handed in.
watcher: ContextVar[Progress | None] = ContextVar("watcher", default=None)


def open_workplace(folder: Path, *, neutral: bool = False) -> Workplace:
    """The brand folder with its settings; with `neutral`, a folder without brand.yaml will do."""
    if neutral and not (folder / "brand.yaml").exists():
        return Workplace(load_settings(folder), NEUTRAL_BRAND)
    brand = load_brand(folder)
    return Workplace(load_settings(folder), brand)


class Workplace:
    """Where one command or one flow run works: it holds what is open, and nothing else."""

    def __init__(self, settings: Settings, brand: Brand) -> None:
        self.settings = settings
        self.brand = brand
        self.policy = policy_of(brand)
        #: beats while briefs are held
        self.heart: Heart | None = None

    def briefs(self, only: Sequence[str] = ()) -> list[BriefFile]:
        """The brand's briefs, or those named."""
        briefs = load_briefs(self.settings.brand, self.brand)
        unknown = sorted(set(only) - {brief.id for brief in briefs})
        if unknown:
            known = ", ".join(brief.id for brief in briefs)
            raise BadInput(f"there is no brief {unknown[0]}; the brand folder has {known}.")
        return [brief for brief in briefs if not only or brief.id in only]

    def progress(self, stage: str, done: int, total: int) -> None:
        """Tell the watcher, if there is one, and the run's row; WorkFailed when the brief was taken away."""
        watch = watcher.get()
        if watch is not None:
            watch(stage, done, total)
        if self.heart is not None:
            self.heart.tell(stage, done, total)

    def commit(self, session: Session) -> None:
        """Commit, unless the brief was taken away meanwhile: then WorkFailed, and nothing is written."""
        if self.heart is not None:
            self.heart.confirm(session)
        session.commit()

    @cached_property
    def engine(self) -> Engine:
        return open_database(self.settings.database_url)

    @cached_property
    def sessions(self) -> Sessions:
        return session_maker(self.engine)

    def close(self) -> None:
        """Give the database's connections back; for whoever opens many workplaces in one process."""
        self.engine.dispose()

    @property
    def now(self) -> datetime:
        """The moment of writing: for records, never for decisions about content."""
        return datetime.now(UTC)

    @cached_property
    def encoder_folder(self) -> Path:
        return Path(self.settings.encoder.model) if self.settings.encoder.model else default_encoder_folder()

    @cached_property
    def encoder_fingerprint(self) -> str:
        check_model_folder(self.encoder_folder)
        return fingerprint(self.encoder_folder)

    @cached_property
    def encoder(self) -> SentenceTransformer:
        from content_store.embeddings import load_encoder

        check_model_folder(self.encoder_folder)
        return load_encoder(
            self.encoder_folder, threads=self.settings.encoder.threads, dtype=self.settings.encoder.dtype
        )

    def encode(self, texts: Sequence[str], stage: str = "encode") -> np.ndarray[Any, np.dtype[np.float32]]:
        """Vectors (n, d) of unit length; what was encoded before is read from the lake, and no model is loaded for it."""
        from content_store.vector_cache import cached_vectors

        def encode_new(new: list[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
            return self.encode_now(new, stage)

        model = f"{self.encoder_fingerprint} {self.settings.encoder.dtype}"
        return cached_vectors(model, texts, self.settings.vectors_folder, encode_new)

    def encode_now(
        self, texts: Sequence[str], stage: str = "encode"
    ) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Vectors (n, d) of unit length, kept nowhere: for texts that the database or nobody keeps."""
        from content_store.embeddings import encode

        done = 0

        def tell(new: int) -> None:
            nonlocal done
            done += new
            self.progress(stage, done, len(texts))

        return encode(self.encoder, texts, on_progress=tell)

    @cached_property
    def voice(self) -> VoiceModel:
        """How the brand sounds, learned in a part of a second."""
        from flows.steps.voice import voice_of

        return voice_of(self)

    @cached_property
    def statement_model(self) -> StatementModel:
        """What tells a statement of an offer from a scene, for this encoder."""
        from evaluation.scores.statement import examples, learn_statements

        shown = examples()
        vectors = self.encode([example.text for example in shown], "score")
        return learn_statements(vectors, [example.states for example in shown])

    @cached_property
    def preference(self) -> Preference:
        """What editors send, as they labelled candidates of the default model."""
        from evaluation.preference.model import load_preference

        return load_preference()

    @cached_property
    def nli(self) -> NliModel:
        """The configured cross-encoder; ask only where there is one."""
        from evaluation.scores.entailment import load_nli

        return load_nli(Path(self.settings.evaluator.nli_model or "").expanduser())

    @cached_property
    def base_folder(self) -> Path:
        """The generator without an adapter."""
        from generators.model_files import default_model_folder, model_folder

        if self.settings.generator.model:
            return model_folder(self.settings.generator.model)
        return default_model_folder(self.settings.cache_folder)

    @cached_property
    def generator_folder(self) -> Path:
        """The generator with its adapter; the starter adapter belongs to the default model only."""
        from generators.adapters import STARTER, merged_folder

        adapter = self.settings.generator.adapter
        if adapter == "none" or (adapter == "starter" and self.settings.generator.model):
            return self.base_folder
        folder = STARTER if adapter == "starter" else Path(adapter).expanduser()
        return merged_folder(self.base_folder, folder, self.settings.cache_folder)

    @cached_property
    def generator_fingerprint(self) -> str:
        return fingerprint(self.generator_folder)

    @cached_property
    def language_model(self) -> LanguageModel:
        from generators.language_model import load

        return load(
            self.generator_folder,
            threads=self.settings.generator.threads,
            dtype=self.settings.generator.dtype,
        )

    def as_of(self, newest_event: datetime | None) -> datetime:
        """The moment that recency and validity count from: the setting, else the newest event, else now."""
        if self.settings.as_of is None:
            return newest_event or self.now
        return self.settings.moment()
