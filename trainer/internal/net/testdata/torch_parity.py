"""The oracle of TestAgainstTorch: embeddings and gradients of a network in float64.

Standard input: one line of JSON with the architecture and a list of [name, shape] of tensors, followed
by their float32 values in that order. The last three are the input (scaled), the coverage features and the
coefficients of the loss sum(c * e + e * e / 2). Standard output: float64 values of the embeddings, then of the
gradient of each parameter.
"""

import json
import math
import sys

import numpy
import torch
from torch.nn.functional import batch_norm, conv2d, leaky_relu, linear, max_pool2d

head = json.loads(sys.stdin.buffer.readline())
tensors = {}
for name, shape in head["tensors"]:
    values = numpy.frombuffer(sys.stdin.buffer.read(4 * math.prod(shape)), "<f4")
    tensors[name] = torch.tensor(values.reshape(shape).astype("f8"))
x, extra, coefficients = (tensors.pop(name) for name in ("input", "extra", "coefficients"))
for value in tensors.values():
    value.requires_grad_()


def norm(name, values):
    gamma, beta = tensors[name + ".gamma"], tensors[name + ".beta"]
    return leaky_relu(batch_norm(values, None, None, gamma, beta, training=True), 0.01)


classic = head["architecture"] == "classic"
for i in range(5):
    name = "conv%d" % (i + 1)
    x = norm(name, conv2d(x, tensors[name + ".weight"], padding=0 if classic else 1))
    if not classic or i > 0:
        x = max_pool2d(x, 2)
for name in ("point1", "point2"):
    x = norm(name, conv2d(x, tensors[name + ".weight"][:, :, None, None]))
if head["architecture"] in ("pooled", "wide"):
    x = torch.cat([x.mean((2, 3)), extra], 1)
x = norm("dense", linear(x.flatten(1), tensors["dense.weight"]))
embeddings = x @ tensors["embedding.weight"] + tensors["embedding.bias"]
(coefficients * embeddings + embeddings * embeddings / 2).sum().backward()
for value in [embeddings.detach()] + [t.grad for t in tensors.values()]:
    sys.stdout.buffer.write(value.numpy().tobytes())
