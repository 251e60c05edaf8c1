"""A llama-family GGUF file in transformers' LlamaForCausalLM, float32, on the dequantised weights.

Also a tokenizer made from the file's metadata with the `tokenizers` package. Used by make.py alone.
"""

import math

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as T
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, Regex
from transformers import LlamaConfig, LlamaForCausalLM

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")


def dequantise(t):
    """A tensor as float32, rows first. gguf-py has no Q8_K (float scale, 256 int8, 16 int16 sums)."""
    shape = [int(d) for d in reversed(t.shape)]
    if t.tensor_type == T.Q8_K:
        raw = np.ascontiguousarray(t.data).reshape(-1, 292)
        scale = raw[:, :4].copy().view(np.float32)
        return (scale * raw[:, 4:260].view(np.int8).astype(np.float32)).reshape(shape)
    return gguf.dequantize(t.data, t.tensor_type).astype(np.float32).reshape(shape)


def unpermute(w, n_head):
    """Undoes the row order of q and k that GGUF files of the llama family have: rows (i, i + 1) back to (i, i + d/2)."""
    half = w.shape[0] // n_head // 2
    return w.reshape(n_head, half, 2, *w.shape[1:]).swapaxes(1, 2).reshape(w.shape)


class File:
    """Metadata and tensors of one model in one or several GGUF files."""

    def __init__(self, paths):
        readers = [gguf.GGUFReader(p) for p in paths]
        self.meta = readers[0].fields
        self.tensors = {t.name: t for r in readers for t in r.tensors}

    def get(self, key, otherwise=None):
        f = self.meta.get(key)
        return otherwise if f is None else f.contents()

    def weight(self, name):
        return dequantise(self.tensors[name])


def rope_parameters(f, head_dim):
    p = {"rope_type": "default", "rope_theta": f.get("llama.rope.freq_base", 10000.0)}
    kind = f.get("llama.rope.scaling.type", "none")
    if kind == "linear":
        p |= {"rope_type": "linear", "factor": f.get("llama.rope.scaling.factor")}
    elif kind == "yarn":
        p |= {"rope_type": "yarn", "factor": f.get("llama.rope.scaling.factor"),
              "original_max_position_embeddings": f.get("llama.rope.scaling.original_context_length")}
    return p


def config_of(f):
    n_head, n_embd = f.get("llama.attention.head_count"), f.get("llama.embedding_length")
    head_dim = f.get("llama.attention.key_length", n_embd // n_head)
    return LlamaConfig(
        vocab_size=len(f.get("tokenizer.ggml.tokens")), hidden_size=n_embd, intermediate_size=f.get("llama.feed_forward_length"),
        num_hidden_layers=f.get("llama.block_count"), num_attention_heads=n_head,
        num_key_value_heads=f.get("llama.attention.head_count_kv", n_head), head_dim=head_dim,
        rms_norm_eps=f.get("llama.attention.layer_norm_rms_epsilon"), max_position_embeddings=f.get("llama.context_length"),
        rope_parameters=rope_parameters(f, head_dim), tie_word_embeddings="output.weight" not in f.tensors,
        attention_bias="blk.0.attn_q.bias" in f.tensors, attn_implementation="eager")


def state_of(f, c):
    s = {"model.embed_tokens.weight": f.weight("token_embd.weight"), "model.norm.weight": f.weight("output_norm.weight")}
    s["lm_head.weight"] = f.weight("output.weight") if not c.tie_word_embeddings else s["model.embed_tokens.weight"]
    names = {"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm", "attn_q": "self_attn.q_proj",
             "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
             "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj"}
    heads = {"attn_q": c.num_attention_heads, "attn_k": c.num_key_value_heads}
    for i in range(c.num_hidden_layers):
        for ours, theirs in names.items():
            for part in ("weight", "bias"):
                name = f"blk.{i}.{ours}.{part}"
                if name in f.tensors:
                    w = f.weight(name)
                    s[f"model.layers.{i}.{theirs}.{part}"] = unpermute(w, heads[ours]) if ours in heads else w
    return {k: torch.from_numpy(np.ascontiguousarray(v)) for k, v in s.items()}


def load(paths):
    """(model, File)."""
    f = File(paths)
    c = config_of(f)
    m = LlamaForCausalLM(c).to(torch.float32).eval()
    missing, unexpected = m.load_state_dict(state_of(f, c), strict=False)
    assert not unexpected and all("inv_freq" in k for k in missing), (missing, unexpected)
    if "rope_freqs.weight" in f.tensors:  # Llama 3.1: each frequency has its divisor
        m.model.rotary_emb.inv_freq = m.model.rotary_emb.inv_freq / torch.from_numpy(f.weight("rope_freqs.weight"))
    return m, f


def tokenizer_of(f):
    tokens, types, merges = (f.get("tokenizer.ggml." + k) for k in ("tokens", "token_type", "merges"))
    # Llama 3's tokenizer takes a word that is a token as it is, whatever its merges.
    whole = f.get("tokenizer.ggml.pre") == "llama-bpe"
    bpe = models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=[tuple(m.split(" ")) for m in merges],
                     ignore_merges=whole)
    t = Tokenizer(bpe)
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    pre = f.get("tokenizer.ggml.pre")
    if pre == "smollm":
        t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level])
    elif pre == "llama-bpe":
        split = pre_tokenizers.Split(Regex(LLAMA3), behavior="isolated")
        t.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    else:
        assert pre == "gpt-2", pre
        t.pre_tokenizer = byte_level
    t.decoder = decoders.ByteLevel()
    t.add_special_tokens([tok for tok, kind in zip(tokens, types) if kind == 3])
    return t


@torch.no_grad()
def logprobs(model, ids):
    """[len(ids), vocab] float64 log-probabilities."""
    return torch.log_softmax(model(torch.tensor([ids])).logits[0].double(), -1)


@torch.no_grad()
def greedy(model, ids, n, stops):
    """The n most probable next tokens in turn, without the stop that ends them; the least lead of a first over a second; whether stopped."""
    out, cache, lead, feed = [], None, math.inf, ids
    while len(out) < n:
        r = model(torch.tensor([feed]), past_key_values=cache, use_cache=True)
        cache = r.past_key_values
        best = torch.topk(r.logits[0, -1], 2)
        lead = min(lead, float(best.values[0] - best.values[1]))
        t = int(best.indices[0])
        if t in stops:
            return out, lead, True
        out.append(t)
        feed = [t]
    return out, lead, False


@torch.no_grad()
def states(model, ids):
    """[len(ids), width] float64 final states, behind the last norm."""
    return model.model(torch.tensor([ids])).last_hidden_state[0].double()


def perplexity(model, ids):
    """exp of the mean negative log-probability of ids[1:], each given all before it, in one window."""
    lp = logprobs(model, ids)[:-1]
    return math.exp(-float(lp.gather(1, torch.tensor(ids[1:])[:, None]).mean()))
