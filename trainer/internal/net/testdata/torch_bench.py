"""PyTorch's side of TestSpeedAgainstTorch: the architectures with Adam, channels_last.

    torch_bench.py ARCHITECTURE PIXELS COVERAGES THREADS

The first line of output has the version and the number of trainable parameters. Each line of standard input,
"train BATCH TIMES" or "forward BATCH TIMES", is answered by a line with the wall time and the CPU time, in
seconds, of that many training steps or forward passes for inference. The coverages that the architectures
pooled and wide read are precomputed: they cost nothing here.
"""

import functools
import sys
import time

import torch
from torch import nn

SLOPE = 0.01


def convolution(inputs, outputs, kernel, padding, bias, pool):
    layers = [
        nn.Conv2d(inputs, outputs, kernel, padding=padding, bias=bias),
        nn.BatchNorm2d(outputs),
        nn.LeakyReLU(SLOPE),
    ]
    return layers + ([nn.MaxPool2d(2)] if pool else [])


class Encoder(nn.Module):
    def __init__(self, architecture, pixels, coverages):
        super().__init__()
        classic = architecture == "classic"
        self.pooled = architecture in ("pooled", "wide")
        hidden = 128 if architecture == "wide" else 64
        widths = [12, 32, 32, 64, 64, 128 if classic else 256]
        layers, size = [], pixels
        for i, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
            pool = not classic or i > 0
            layers += convolution(inputs, outputs, 3, 0 if classic else 1, classic, pool)
            size = (size - (2 if classic else 0)) // (2 if pool else 1)
        layers += convolution(widths[-1], hidden, 1, 0, classic, False)
        layers += convolution(hidden, hidden, 1, 0, classic, False)
        self.maps = nn.Sequential(*layers)
        self.dense = nn.Sequential(
            nn.Linear(hidden + coverages if self.pooled else hidden * size * size, hidden, bias=classic),
            nn.BatchNorm1d(hidden),
            nn.LeakyReLU(SLOPE),
            nn.Linear(hidden, 16),
        )

    def forward(self, maps, coverages):
        maps = self.maps(maps)
        if self.pooled:
            return self.dense(torch.cat([maps.mean((2, 3)), coverages], 1))
        return self.dense(maps.flatten(1))


def main():
    architecture, pixels, coverages, threads = sys.argv[1], *map(int, sys.argv[2:5])
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    net = Encoder(architecture, pixels, coverages).to(memory_format=torch.channels_last)
    adam = torch.optim.Adam(net.parameters(), 1e-3)

    @functools.lru_cache(maxsize=None)
    def batch(size):
        maps = (torch.rand(size, 12, pixels, pixels) < 0.2).float()
        return maps.contiguous(memory_format=torch.channels_last), torch.rand(size, coverages)

    def train(maps, coverages):
        adam.zero_grad()
        net(maps, coverages).square().mean().backward()
        adam.step()

    @torch.no_grad()
    def forward(maps, coverages):
        net(maps, coverages)

    print("PyTorch", torch.__version__, sum(p.numel() for p in net.parameters()), flush=True)
    for line in sys.stdin:
        task, size, times = line.split()
        net.train(task == "train")
        run, inputs = {"train": train, "forward": forward}[task], batch(int(size))
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(int(times)):
            run(*inputs)
        print(time.perf_counter() - wall, time.process_time() - cpu, flush=True)


main()
