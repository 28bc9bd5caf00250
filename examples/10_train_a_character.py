"""Train the smallest model to play Holmes, and talk to him: a minute or two on a CPU, and far from enough."""

from pathlib import Path
from tempfile import TemporaryDirectory

from roleagent import Agent
from roleagent.tuning import Options, Recipe, carry_out, persona_data

agent = Agent("holmes", model="smollm2-135m", on_disk=False)
data = persona_data(agent.persona, num=24)
print(data.told)

with TemporaryDirectory() as folder:
    recipe = Recipe(
        name="holmes",
        model="smollm2-135m",
        persona=agent.persona,
        options=Options(epochs=1, most_steps=4, check_every=4, sequences_per_step=1, threads=1),
        data=data,
        command="python examples/10_train_a_character.py",
    )
    made = carry_out(recipe, Path(folder))
    first, *_, last = made.course.looks
    print(f"held-out loss: {first.loss:.2f} before, {last.loss:.2f} after {last.step} steps")

    trained = Agent("holmes", model="smollm2-135m", adapter=made.folder, on_disk=False)
    print(trained.run_sync("Where do you live?", user_id="me").text)
