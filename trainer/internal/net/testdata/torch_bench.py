"""PyTorch's side of the training benchmark: the layouts classic and lite with Adam, channels_last.

    torch_bench.py LAYOUT BATCH PIXELS THREADS

Each line on standard input is answered by one training step and a line with its wall time and its
CPU time in seconds. The first line out is the version and the number of trainable parameters.
"""

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


def encoder(layout, pixels):
    classic = layout == "classic"
    widths = [12, 32, 32, 64, 64, 128 if classic else 256]
    layers, size = [], pixels
    for i, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        pool = not classic or i > 0
        layers += convolution(inputs, outputs, 3, 0 if classic else 1, classic, pool)
        size = (size - (2 if classic else 0)) // (2 if pool else 1)
    layers += convolution(widths[-1], 64, 1, 0, classic, False)
    layers += convolution(64, 64, 1, 0, classic, False)
    layers += [
        nn.Flatten(),
        nn.Linear(64 * size * size, 64, bias=classic),
        nn.BatchNorm1d(64),
        nn.LeakyReLU(SLOPE),
        nn.Linear(64, 16),
    ]
    return nn.Sequential(*layers)


def main():
    layout, batch, pixels, threads = sys.argv[1], *map(int, sys.argv[2:5])
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    net = encoder(layout, pixels).to(memory_format=torch.channels_last).train()
    adam = torch.optim.Adam(net.parameters(), 1e-3)
    maps = (torch.rand(batch, 12, pixels, pixels) < 0.2).float().contiguous(memory_format=torch.channels_last)
    count = sum(p.numel() for p in net.parameters())
    print("PyTorch", torch.__version__, count, flush=True)
    for _ in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        adam.zero_grad()
        net(maps).square().mean().backward()
        adam.step()
        print(time.perf_counter() - wall, time.process_time() - cpu, flush=True)


main()
