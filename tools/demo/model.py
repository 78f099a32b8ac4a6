"""The Qwen2 architecture in PyTorch, as small as it can be written: the reference of the demo model, and what is trained.

In: token ids [batch][n]. Out: logits [batch][n][vocab]. Weights are saved under the names and in the shapes of Hugging Face's Qwen2.
"""
import json
import os
import struct

import torch
import torch.nn.functional as F

SHAPE = {"vocab_size": 2560, "hidden_size": 384, "intermediate_size": 512, "num_hidden_layers": 5, "num_attention_heads": 6,
    "num_key_value_heads": 2,
         "max_position_embeddings": 2048, "rms_norm_eps": 1e-6, "rope_theta": 10000.0}
HEAD = 64


def config(shape, end, pad):
    """config.json"""
    return {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_act": "silu", "tie_word_embeddings": True,
        "attention_dropout": 0.0,
            "initializer_range": 0.02, "use_sliding_window": False, "use_cache": True, "torch_dtype": "float32", "bos_token_id": pad,
                "eos_token_id": end, **shape}


def new(*size):
    return torch.nn.Parameter(torch.randn(*size) * 0.02)


class Qwen2(torch.nn.Module):
    """q, k, v are one matrix here, and so are gate and up; all linear layers but q, k, v are without bias."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.q, self.kv = shape["num_attention_heads"] * HEAD, shape["num_key_value_heads"] * HEAD
        self.embed = new(shape["vocab_size"], shape["hidden_size"])
        self.norm = torch.nn.Parameter(torch.ones(shape["hidden_size"]))
        self.layers = torch.nn.ModuleList(self.layer() for _ in range(shape["num_hidden_layers"]))

    def layer(self):
        """A layer that does nothing yet."""
        d, ff = self.shape["hidden_size"], self.shape["intermediate_size"]
        layer = torch.nn.Module()
        layer.norm1, layer.norm2 = torch.nn.Parameter(torch.ones(d)), torch.nn.Parameter(torch.ones(d))
        layer.qkv, layer.bias = new(self.q + 2 * self.kv, d), torch.nn.Parameter(torch.zeros(self.q + 2 * self.kv))
        layer.o, layer.up, layer.down = new(d, self.q), new(2 * ff, d), new(d, ff)
        layer.o.data.zero_()
        layer.down.data.zero_()
        return layer

    def deepen(self, n):
        """Up to N layers: new ones in the middle, which change no logit before they are trained."""
        while len(self.layers) < n:
            self.layers.insert(len(self.layers) // 2, self.layer())
        self.shape = {**self.shape, "num_hidden_layers": len(self.layers)}

    def rms(self, x, weight):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.shape["rms_norm_eps"]) * weight

    def attention(self, x, layer, cos, sin, mask):
        b, n, _ = x.shape
        qkv = F.linear(x, layer.qkv, layer.bias).view(b, n, -1, HEAD).transpose(1, 2).float()
        heads, kv = self.q // HEAD, self.kv // HEAD
        qk, v = qkv[:, :heads + kv], qkv[:, heads + kv:]
        half = torch.cat((-qk[..., HEAD // 2:], qk[..., :HEAD // 2]), -1)
        qk = qk * cos + half * sin
        q = qk[:, :heads].reshape(b, kv, -1, n, HEAD)
        k, v = qk[:, heads:, None], v[:, :, None]
        scores = torch.softmax((q @ k.transpose(-1, -2)).float() * HEAD ** -0.5 + mask, -1)
        return F.linear((scores @ v).reshape(b, heads, n, HEAD).transpose(1, 2).reshape(b, n, -1), layer.o)

    def forward(self, ids, wanted=None):
        """wanted [batch][n]: where logits are wanted, and then they are [wanted][vocab]."""
        n = ids.shape[1]
        angle = torch.arange(n)[:, None] * self.shape["rope_theta"] ** (-torch.arange(0, HEAD, 2) / HEAD)
        cos, sin = angle.cos().repeat(1, 2), angle.sin().repeat(1, 2)
        mask = torch.full((n, n), float("-inf")).triu(1)
        x = self.embed[ids]
        for layer in self.layers:
            x = x + self.attention(self.rms(x, layer.norm1), layer, cos, sin, mask)
            gate, up = F.linear(self.rms(x, layer.norm2), layer.up).chunk(2, -1)
            x = x + F.linear(F.silu(gate) * up, layer.down)
        return F.linear(self.rms(x if wanted is None else x[wanted], self.norm), self.embed)

    def named(self):
        """(name, tensor) as Hugging Face has them; the output matrix is the embedding."""
        yield "model.embed_tokens.weight", self.embed
        for i, layer in enumerate(self.layers):
            at = f"model.layers.{i}."
            yield at + "input_layernorm.weight", layer.norm1
            yield at + "post_attention_layernorm.weight", layer.norm2
            for part, weight, bias in zip("qkv", layer.qkv.split([self.q, self.kv, self.kv]), layer.bias.split([self.q, self.kv, self.kv])):
                yield f"{at}self_attn.{part}_proj.weight", weight
                yield f"{at}self_attn.{part}_proj.bias", bias
            yield at + "self_attn.o_proj.weight", layer.o
            gate, up = layer.up.chunk(2)
            yield at + "mlp.gate_proj.weight", gate
            yield at + "mlp.up_proj.weight", up
            yield at + "mlp.down_proj.weight", layer.down
        yield "model.norm.weight", self.norm


def whole(path, data):
    """The file, or none: a reader never sees half of it."""
    with open(path + ".part", "wb") as f:
        f.write(data)
    os.replace(path + ".part", path)


def save(model, folder, end, pad):
    """model.safetensors, config.json, generation_config.json. Answers are meant to be greedy, without penalties."""
    header, data, at = {"__metadata__": {"format": "pt"}}, [], 0
    for name, tensor in model.named():
        raw = tensor.detach().float().contiguous().numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, at + len(raw)]}
        data.append(raw)
        at += len(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    whole(os.path.join(folder, "model.safetensors"), struct.pack("<Q", len(text)) + text + b"".join(data))
    for file, what in (("config.json", config(model.shape, end, pad)),
                       ("generation_config.json", {"do_sample": False, "repetition_penalty": 1.0, "eos_token_id": [end, pad],
                           "pad_token_id": pad})):
        whole(os.path.join(folder, file), json.dumps(what, indent=2).encode() + b"\n")


def load(folder):
    with open(os.path.join(folder, "config.json")) as f:
        c = json.load(f)
    model = Qwen2({k: c[k] for k in SHAPE})
    with open(os.path.join(folder, "model.safetensors"), "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        start = f.tell()
        for name, tensor in model.named():
            f.seek(start + header[name]["data_offsets"][0])
            tensor.data.copy_(torch.frombuffer(bytearray(f.read(tensor.numel() * 4)), dtype=torch.float32).view(tensor.shape))
    return model
