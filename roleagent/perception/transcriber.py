"""Speech to text with Whisper (Radford et al. 2022, arXiv:2212.04356), run by faster-whisper."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roleagent.errors import MissingExtraError
from roleagent.perception import Once, reporting
from roleagent.perception.media import read_audio
from roleagent.perception.recordings import RATE_HZ
from roleagent.registry import is_installed
from roleagent.types import Attachment, Observation

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

logger = logging.getLogger(__name__)

MIN_CONFIDENCE = math.exp(-1.0)  # Whisper's own log-probability threshold
MAX_COMPRESSION = 2.4  # a text that packs better than this repeats itself: Whisper looping on no speech
MAX_NO_SPEECH = 0.6

_LEAST_AT_DOUBT, _LEAST_AT_SILENCE = math.log(MIN_CONFIDENCE), -0.4
_MAX_NO_SPEECH_MADE_UP = 0.4  # real speech in the recordings at hand had 0.17 at most, hums 0.7 and more

# Texts that Whisper learned from subtitles and hears in silence; letters and digits only.
_MADE_UP = frozenset(
    {"you", "bye", "byebye", "thankyou", "thanks", "thankyouverymuch", "thankyousomuch",
     "thankyouforwatching",
     "thanksforwatching", "thankyouforlistening", "imsorry", "so", "uh", "okay", "music", "applause",
     "silence", "blankaudio", "谢谢", "謝謝", "谢谢大家", "謝謝大家", "谢谢观看", "謝謝觀看", "谢谢收看",
     "謝謝收看", "感谢观看", "感謝觀看", "再见", "再見"}
)  # fmt: skip
_MADE_UP_PARTS = ("amaraorg", "subtitlesby", "captionsby", "dontforgettosubscribe", "likeandsubscribe",
                  "subscribetomychannel", "字幕由", "字幕志愿者", "字幕志願者", "字幕製作", "字幕制作",
                  "请不吝点赞", "請不吝點贊", "點贊訂閱", "点赞订阅", "明镜与点点")  # fmt: skip
_DEFAULTS = ("whisper-base", "whisper-tiny.en")  # the first that is there


class Transcriber:
    """Hears speech: one observation a segment, with its time span, confidence and language.

    Silence, noise and music yield no observation. Stretches without a voice are cut out first (Silero VAD). A
    segment is dropped if Whisper itself doubts it, if it has no word or begins after the recording's end, or
    if it is a text that Whisper is known to make up and Whisper is not sure that somebody speaks.
    """

    name = "whisper"
    media_types = ("audio/*",)

    def __init__(self, folder: Path, *, devices: Sequence[str] | None = None) -> None:
        """Prepare to load a CTranslate2 Whisper model.

        Args:
            folder: holds ``model.bin``, ``config.json``, ``tokenizer.json``, ``vocabulary.txt``.
            devices: ``cuda`` and ``cpu`` in the order to try; None for CUDA if there is a GPU, then CPU.
        """
        self._model = Once(lambda: _start(folder, devices))

    def warm_up(self) -> None:
        """Load the model now rather than at the first recording."""
        self._model()

    def perceive(self, attachment: Attachment) -> Sequence[Observation]:
        """Transcribe a recording.

        Raises:
            AttachmentError: the recording cannot be read.
            PerceptionError: the model failed.
        """
        samples = read_audio(attachment)
        with reporting(self.name, attachment):
            segments, info = self._model().transcribe(
                samples,
                beam_size=5,
                temperature=0.0,  # no sampling: the same recording always gives the same words
                condition_on_previous_text=False,
                vad_filter=True,
                no_speech_threshold=MAX_NO_SPEECH,
            )
            seconds = len(samples) / RATE_HZ
            heard = [each for each in segments if each.start < seconds and _is_speech(each)]
        return [self._observe(segment, info.language, attachment) for segment in heard]

    def _observe(self, segment: Any, language: str, attachment: Attachment) -> Observation:
        return Observation(
            kind="transcript",
            text=segment.text.strip(),
            source=self.name,
            attachment_id=attachment.id,
            confidence=_confidence(segment),
            span_s=(round(segment.start, 2), round(segment.end, 2)),
            language=language,
        )


def load_transcriber(argument: str = "") -> Transcriber:
    """Make a transcriber from a catalogue name; empty for the best Whisper on this machine.

    Raises:
        ModelUnavailableError: its weights are not here.
        MissingExtraError: the library is not installed.
    """
    from roleagent.weights import is_present, local_path

    if not is_installed("faster_whisper"):
        raise MissingExtraError(
            "Hearing needs 'faster-whisper'. Install it: pip install 'roleagent[speech]'."
        )
    name = argument or next(filter(is_present, _DEFAULTS), _DEFAULTS[0])
    return Transcriber(local_path(name))


def _confidence(segment: Any) -> float:
    """The geometric mean of the tokens' probabilities, 0–1."""
    return round(min(1.0, math.exp(segment.avg_logprob)), 3)


def _is_speech(segment: Any) -> bool:
    words = "".join(char for char in segment.text.casefold() if char.isalnum())
    if not words or segment.compression_ratio > MAX_COMPRESSION:
        return False
    surely_silent = segment.no_speech_prob > MAX_NO_SPEECH and segment.avg_logprob < _least(segment)
    is_made_up = words in _MADE_UP or any(part in words for part in _MADE_UP_PARTS)
    doubtful = segment.no_speech_prob > _MAX_NO_SPEECH_MADE_UP or _confidence(segment) < MIN_CONFIDENCE
    return not surely_silent and not (is_made_up and doubtful)


def _least(segment: Any) -> float:
    """The mean log-probability that words need; it rises the surer Whisper is that nobody speaks."""
    silence = (segment.no_speech_prob - MAX_NO_SPEECH) / (1 - MAX_NO_SPEECH)  # 0–1
    return float(_LEAST_AT_DOUBT + silence * (_LEAST_AT_SILENCE - _LEAST_AT_DOUBT))


def _start(folder: Path, devices: Sequence[str] | None) -> WhisperModel:
    """Load on the first device that works: a GPU may be there without the CUDA libraries it needs."""
    import ctranslate2
    import numpy as np

    *preferred, last = devices or (["cuda", "cpu"] if ctranslate2.get_cuda_device_count() else ["cpu"])
    for device in preferred:
        try:
            model = _load(folder, device)
            # A missing library shows at the first use, not at loading: encode a moment of silence.
            model.encode(model.feature_extractor(np.zeros(1600, np.float32)))
            return model
        except (RuntimeError, ValueError) as error:
            logger.warning("Whisper cannot run on %r (%s); the next choice is tried.", device, error)
    return _load(folder, last)


def _load(folder: Path, device: str) -> WhisperModel:
    from faster_whisper import WhisperModel

    compute_type = "float16" if device == "cuda" else "int8"
    return WhisperModel(str(folder), device=device, compute_type=compute_type, local_files_only=True)
