"""Make one vector of what a user types, shows and says, and train it for a task of your own."""

from pathlib import Path

import numpy as np

from roleagent import registry
from roleagent.gnn.fusion_shape import FusionShape
from roleagent.gnn.training.fusion import Labelled, Options, fit, save
from roleagent.gnn.turn_features import HeardVoice, ObservedPicture, Picture, TurnFeatures, Voice
from roleagent.perception.media import load_attachment, read_audio

MEDIA = Path(__file__).parent / "media"
embedder = registry.get("embedder", "auto")
features = TurnFeatures(text=embedder, picture=ObservedPicture(embedder), voice=HeardVoice(embedder))

telegram, client = load_attachment(MEDIA / "telegram.png"), load_attachment(MEDIA / "client.wav")
seen = Picture(observations=registry.get("perceptor", "ocr").perceive(telegram))
heard = Voice(samples=read_audio(client), observations=registry.get("perceptor", "whisper").perceive(client))

# Which turns are a case for a detective? Yours are many more, and those of the validation are others.
turns = [
    (features.of(text="Read this telegram.", picture=seen), 1),
    (features.of(text="Listen to my client.", voice=heard), 1),
    (features.of(text="Good evening."), 0),
    (features.of(text="Would you like some tea?"), 0),
]
modalities = {
    name: np.stack([turn.get(name, np.zeros(dim, np.float32)) for turn, _ in turns])
    for name, dim in features.dims.items()
}
present = {name: np.array([name in turn for turn, _ in turns]) for name in features.dims}
labelled = Labelled(features=modalities, labels=np.array([label for _, label in turns]), present=present)

shape = FusionShape(way="gated", dims=features.dims)
trained = fit(lambda _: labelled, labelled, shape, Options(epochs=20), features=features.names)
save(trained.fusion, Path("case.safetensors"))

vector = trained.fusion.fuse(features.of(text="What do you make of this?", picture=seen))
print(f"a vector of {len(vector)} numbers; log-odds {trained.head.log_odds(vector).round(1)}")
