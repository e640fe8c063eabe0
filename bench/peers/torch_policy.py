"""The policy in PyTorch: the same architecture, batch and optimiser as Tenon's, to race against.

Written for the user's own Python (PyTorch 1.13 or newer); never needed to use Tenon. Speaks lines of JSON:

    {"do": "prepare", "name": "edge-pose", "config": {...}}   ->  {"parameters": 1408329}
    {"do": "sample", "name": "edge-pose"}                     ->  {"ms": 36.1}
    {"do": "train", "name": "edge-pose"}                      ->  {"ms": 41.7}

Each answer times one run. The first line out says which PyTorch this is and how many threads it uses.
"""

import json
import math
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

POSE, TRANSLATION, BRANCH, TOKEN = 9, 3, 128, 64


class Branch(nn.Module):
    def __init__(self, inputs, outputs, dropout):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Linear(inputs, BRANCH), nn.LayerNorm(BRANCH), nn.GELU()),
            *(nn.Linear(BRANCH, BRANCH), nn.LayerNorm(BRANCH), nn.GELU()),
            *(nn.Dropout(dropout), nn.Linear(BRANCH, outputs)),
        )

    def forward(self, x):
        return self.layers(x)


class PoseEncoder(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.translation = Branch(TRANSLATION, TOKEN, model["dropout"])
        self.rotation = Branch(POSE - TRANSLATION, TOKEN, model["dropout"])
        self.lift = nn.Linear(TOKEN, BRANCH)
        self.kinds = nn.Parameter(0.02 * torch.randn(2, BRANCH))
        self.mixer = nn.TransformerEncoderLayer(BRANCH, 4, BRANCH, 0.0, "gelu", batch_first=True)
        self.output = nn.Linear(BRANCH, model["conditionWidth"])

    def forward(self, pose):
        tokens = torch.stack([self.translation(pose[:, :TRANSLATION]), self.rotation(pose[:, TRANSLATION:])], 1)
        return self.output(self.mixer(self.lift(tokens) + self.kinds).mean(1))


class ConvBlock(nn.Sequential):
    def __init__(self, inputs, outputs, model):
        kernel = model["kernel"]
        super().__init__(
            nn.Conv1d(inputs, outputs, kernel, padding=kernel // 2), nn.GroupNorm(model["groups"], outputs), nn.Mish()
        )


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, model):
        super().__init__()
        self.first = ConvBlock(inputs, outputs, model)
        self.second = ConvBlock(outputs, outputs, model)
        self.film = nn.Linear(model["stepWidth"] + model["conditionWidth"], 2 * outputs)
        self.skip = nn.Conv1d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x, film):
        scale, bias = self.film(film).unsqueeze(-1).chunk(2, 1)
        return self.second(self.first(x) * (1 + scale) + bias) + self.skip(x)


class Denoiser(nn.Module):
    def __init__(self, model):
        super().__init__()
        widths, step = model["widths"], model["stepWidth"]
        self.step_width = step
        self.step = nn.Sequential(nn.Linear(step, 4 * step), nn.Mish(), nn.Linear(4 * step, step))
        pairs = list(zip([POSE] + widths, widths))
        self.down = nn.ModuleList(
            nn.ModuleList([ResidualBlock(i, o, model), ResidualBlock(o, o, model)]) for i, o in pairs
        )
        self.shrink = nn.ModuleList(nn.Conv1d(w, w, 3, 2, 1) for w in widths[:-1])
        self.middle = nn.ModuleList(ResidualBlock(widths[-1], widths[-1], model) for _ in range(2))
        rising = [(widths[level], widths[level - 1]) for level in range(len(widths) - 1, 0, -1)]
        self.up = nn.ModuleList(
            nn.ModuleList([ResidualBlock(2 * i, o, model), ResidualBlock(o, o, model)]) for i, o in rising
        )
        self.grow = nn.ModuleList(nn.ConvTranspose1d(o, o, 4, 2, 1) for _, o in rising)
        self.head = ConvBlock(widths[0], widths[0], model)
        self.output = nn.Conv1d(widths[0], POSE, 1)

    def forward(self, noisy, steps, condition):
        half = self.step_width // 2
        frequencies = torch.exp(torch.arange(half) * (-math.log(10_000) / (half - 1)))
        angles = steps[:, None] * frequencies
        film = F.mish(torch.cat([self.step(torch.cat([angles.sin(), angles.cos()], 1)), condition], 1))
        x, skips = noisy.transpose(1, 2), []
        for level, (first, second) in enumerate(self.down):
            x = second(first(x, film), film)
            skips.append(x)
            if level < len(self.shrink):
                x = self.shrink[level](x)
        for block in self.middle:
            x = block(x, film)
        for (first, second), grow in zip(self.up, self.grow):
            x = grow(second(first(torch.cat([x, skips.pop()], 1), film), film))
        return self.output(self.head(x)).transpose(1, 2)


class Policy(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.encoder = PoseEncoder(model)
        self.denoiser = Denoiser(model)


def alphas(steps):
    """Cumulative products of the squared-cosine schedule (Nichol & Dhariwal 2021, eq. 17)."""
    f = [math.cos((i / steps + 0.008) / 1.008 * math.pi / 2) ** 2 for i in range(steps + 1)]
    return torch.tensor([1 - min(1 - f[i + 1] / f[i], 0.999) for i in range(steps)]).cumprod(0)


class Peer:
    def __init__(self, config):
        self.config, self.model = config, Policy(config["model"])
        training, horizon = config["training"], config["model"]["predictionHorizon"]
        self.alphas = alphas(config["diffusion"]["trainSteps"])
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(),
            lr=training["learningRate"],
            betas=(training["beta1"], training["beta2"]),
            eps=training["epsilon"],
            weight_decay=training["weightDecay"],
        )
        self.average = [p.detach().clone() for p in self.model.parameters()]
        batch = training["batch"]
        self.observation = torch.randn(batch, POSE)
        self.clean, self.noise = torch.randn(batch, horizon, POSE), torch.randn(batch, horizon, POSE)
        self.steps = torch.randint(0, len(self.alphas), (batch,))

    def parameters(self):
        return sum(p.numel() for p in self.model.parameters())

    def train(self):
        self.model.train()
        training = self.config["training"]
        alpha = self.alphas[self.steps][:, None, None]
        noisy = alpha.sqrt() * self.clean + (1 - alpha).sqrt() * self.noise
        predicted = self.model.denoiser(noisy, self.steps.float(), self.model.encoder(self.observation))
        loss = F.mse_loss(predicted, self.clean)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if training["clipNorm"] is not None:
            nn.utils.clip_grad_norm_(self.model.parameters(), training["clipNorm"])
        self.optimizer.step()
        if training["emaDecay"] > 0:
            with torch.no_grad():
                torch._foreach_mul_(self.average, training["emaDecay"])
                torch._foreach_add_(self.average, list(self.model.parameters()), alpha=1 - training["emaDecay"])
        loss.item()

    @torch.inference_mode()
    def sample(self):
        self.model.eval()
        train_steps = self.config["diffusion"]["trainSteps"]
        stride = train_steps // self.config["diffusion"]["inferenceSteps"]
        condition, x = self.model.encoder(self.observation[:1]), self.noise[:1]
        for t in range((self.config["diffusion"]["inferenceSteps"] - 1) * stride, -1, -stride):
            clean = self.model.denoiser(x, torch.tensor([float(t)]), condition).clamp(-1, 1)
            alpha, following = self.alphas[t], self.alphas[t - stride] if t >= stride else torch.tensor(1.0)
            ratio = ((1 - following) / (1 - alpha)).sqrt()
            x = (following.sqrt() - alpha.sqrt() * ratio) * clean + ratio * x
        return x


def main():
    torch.manual_seed(0)
    say = lambda answer: print(json.dumps(answer), flush=True)
    say({"torch": torch.__version__, "threads": torch.get_num_threads()})
    peers = {}
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "prepare":
            peers[request["name"]] = Peer(request["config"])
            say({"parameters": peers[request["name"]].parameters()})
            continue
        begin = time.perf_counter()
        getattr(peers[request["name"]], request["do"])()
        say({"ms": 1e3 * (time.perf_counter() - begin)})


if __name__ == "__main__":
    main()
