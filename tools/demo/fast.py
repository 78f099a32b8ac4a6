"""The model of model.py for training: the same function with the same gradients but for rounding, in bfloat16 between the layers.

Matrix products are PyTorch's; what is between them is fused.c, compiled here for this processor.
"""
import ctypes
import os
import subprocess
import tempfile

import torch
import torch.nn.functional as F

HEAD = 64


def compiled():
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fused.c")
    with tempfile.TemporaryDirectory() as folder:
        library = os.path.join(folder, "fused.so")
        subprocess.run(["gcc", "-O3", "-march=native", "-mprefer-vector-width=512", "-ffast-math", "-shared", "-fPIC", source,
                        "-o", library, "-lm"], check=True)
        return ctypes.CDLL(library)


C = compiled()


def call(name, *args):
    C[name](*(ctypes.c_void_p(a.data_ptr()) if torch.is_tensor(a) else ctypes.c_int64(a or 0) for a in args))


class Linear(torch.autograd.Function):
    """x [n][in] in bfloat16, weight [out][in] and bias [out] in float: [n][out] in bfloat16."""

    @staticmethod
    def forward(ctx, x, weight, bias=None):
        w = weight.bfloat16()
        ctx.save_for_backward(x, w)
        ctx.bias = bias is not None
        return F.linear(x, w, bias.bfloat16() if ctx.bias else None)

    @staticmethod
    def backward(ctx, dy):
        x, w = ctx.saved_tensors
        return dy @ w, (dy.T @ x).float(), dy.sum(0, dtype=torch.float32) if ctx.bias else None


class AddNorm(torch.autograd.Function):
    """x [n][d] in float, y in bfloat16 or None: x + y, and its norm in bfloat16."""

    @staticmethod
    def forward(ctx, x, y, weight):
        n, d = x.shape
        both, h, r = torch.empty_like(x), torch.empty(n, d, dtype=torch.bfloat16), torch.empty(n)
        call("norm", n, d, x, y, weight, both, h, r)
        ctx.save_for_backward(both, r, weight)
        return both, h

    @staticmethod
    def backward(ctx, dboth, dh):
        both, r, weight = ctx.saved_tensors
        dy, dw = torch.empty_like(dh), torch.zeros_like(weight)
        dboth, dh = dboth.contiguous(), dh.contiguous()
        call("norm_back", *both.shape, dh, both, r, weight, dboth, dy, dw)  # in dboth's place: nothing else reads it
        return dboth, dy if ctx.needs_input_grad[1] else None, dw


class Swiglu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        out = torch.empty(x.shape[0], x.shape[1] // 2, dtype=torch.bfloat16)
        call("swiglu", *out.shape, x, out)
        return out

    @staticmethod
    def backward(ctx, dout):
        x, = ctx.saved_tensors
        dx = torch.empty_like(x)
        call("swiglu_back", *dout.shape, dout.contiguous(), x, dx)
        return dx


class Attention(torch.autograd.Function):
    @staticmethod
    def forward(ctx, qkv, b, heads, cos, sin):
        ctx.shape = b, len(cos), heads
        ctx.save_for_backward(qkv, cos, sin)
        out = torch.empty(qkv.shape[0], heads * HEAD, dtype=torch.bfloat16)
        call("attention", *ctx.shape, qkv, cos, sin, out)
        return out

    @staticmethod
    def backward(ctx, dout):
        qkv, cos, sin = ctx.saved_tensors
        dqkv = torch.empty_like(qkv)
        call("attention_back", *ctx.shape, dout.contiguous(), qkv, cos, sin, dqkv)
        return dqkv, None, None, None, None


def logits(net, ids, wanted):
    """net(ids, wanted), for training."""
    b, n = ids.shape
    angle = torch.arange(n)[:, None] * net.shape["rope_theta"] ** (-torch.arange(0, HEAD, 2) / HEAD)
    cos, sin = angle.cos(), angle.sin()
    wanted = wanted.reshape(-1).nonzero()[:, 0]
    x, y = F.embedding(ids.reshape(-1), net.embed), None
    for layer in net.layers:
        x, h = AddNorm.apply(x, y, layer.norm1)
        mixed = Attention.apply(Linear.apply(h, layer.qkv, layer.bias), b, net.q // HEAD, cos, sin)
        if layer is net.layers[-1]:  # after the last attention a position is on its own
            x, mixed = x.index_select(0, wanted), mixed.index_select(0, wanted)
        x, h = AddNorm.apply(x, Linear.apply(mixed, layer.o), layer.norm2)
        y = Linear.apply(Swiglu.apply(Linear.apply(h, layer.up)), layer.down)
    x, h = AddNorm.apply(x, y, net.norm)
    return Linear.apply(h, net.embed)
