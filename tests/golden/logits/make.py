"""Writes smollm2.json, embeddings.json and tiny.json: what transformers computes in float32 on the dequantised weights of GGUF files.

    python make.py MODEL.gguf [smollm2|embeddings|tiny]     (packages: requirements.txt; node for the tiny models)

What is in the files and how it is defined: README.md.
"""

import base64
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

import torch

import reference as ref

HERE = pathlib.Path(__file__).parent
TOP, GREEDY = 20, 32


def top_of(lp, n):
    """[[id, log-probability]] best first, ties by lower id."""
    order = sorted(range(len(lp)), key=lambda i: (-float(lp[i]), i))[:n]
    return [[i, round(float(lp[i]), 5)] for i in order]


def encode(f, tok, text):
    """With BOS where the metadata asks for it; where it says nothing, Llama 3 alone does."""
    add = f.get("tokenizer.ggml.add_bos_token", f.get("tokenizer.ggml.pre") == "llama-bpe")
    bos = [f.get("tokenizer.ggml.bos_token_id")] if add else []
    return bos + tok.encode(text, add_special_tokens=False).ids


def entry(model, f, tok, name, text, n_greedy):
    stops = {0, f.get("tokenizer.ggml.eos_token_id")}
    ids = encode(f, tok, text)
    tokens, lead, stopped = ref.greedy(model, ids, n_greedy, stops)
    e = {"name": name, "prompt": text, "ids": ids, "top": top_of(ref.logprobs(model, ids)[-1], TOP),
         "greedy": tokens, "finish_reason": "stop" if stopped else "length", "lead": round(lead, 4)}
    print(f"{name:>28} {len(ids):4} tokens, lead {lead:.4f}, {tok.decode(tokens)!r}"[:160], file=sys.stderr)
    return e


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write(path, head, rows):
    """JSON with a line for each row, so that a change shows in a diff."""
    lines = ",\n".join(json.dumps(r, ensure_ascii=False) for r in rows)
    path.write_text(json.dumps(head, ensure_ascii=False, indent=1)[:-2] + ',\n "prompts": [\n' + lines + "\n]}\n")


def make_smollm2(path):
    model, f = ref.load([path])
    tok = ref.tokenizer_of(f)
    prompts = json.loads((HERE / "prompts.json").read_text())
    rows = [entry(model, f, tok, name, text, GREEDY) for name, text in prompts.items()]
    text = (HERE / "perplexity.txt").read_text()
    ids = encode(f, tok, text)
    head = {"model": "smollm2-135m-instruct", "sha256": digest(path),
            "perplexity": {"file": "perplexity.txt", "n_ids": len(ids), "perplexity": round(ref.perplexity(model, ids), 5)}}
    print(head["perplexity"], file=sys.stderr)
    write(HERE / "smollm2.json", head, rows)


def vector(v):
    """Of unit length, as base64 of float32, little-endian."""
    return base64.b64encode((v / v.norm()).numpy().astype("<f4").tobytes()).decode()


def make_embeddings(path):
    model, f = ref.load([path])
    tok = ref.tokenizer_of(f)
    rows = []
    for name, text in json.loads((HERE / "prompts.json").read_text()).items():
        s = ref.states(model, encode(f, tok, text))
        rows.append({"name": name, "tokens": len(s), "mean": vector(s.mean(0)), "last": vector(s[-1])})
    write(HERE / "embeddings.json", {"model": "smollm2-135m-instruct", "sha256": digest(path)}, rows)


def make_tiny():
    rows = []
    with tempfile.TemporaryDirectory() as tmp:
        subprocess.run(["node", HERE / "tiny.mjs", tmp], check=True)
        index = json.loads((pathlib.Path(tmp) / "index.json").read_text())
        for case in index["cases"]:
            paths = [pathlib.Path(tmp) / p for p in case["files"]]
            model, f = ref.load(paths)
            e = entry(model, f, ref.tokenizer_of(f), case["name"], case["prompt"], 12)
            del e["prompt"]
            rows.append(e | {"sha256": [digest(p) for p in paths]})
    write(HERE / "tiny.json", {"made_by": "tiny.mjs"}, rows)


if __name__ == "__main__":
    torch.set_num_threads(2)
    what = sys.argv[2:] or ["smollm2", "embeddings", "tiny"]
    if "smollm2" in what:
        make_smollm2(pathlib.Path(sys.argv[1]))
    if "embeddings" in what:
        make_embeddings(pathlib.Path(sys.argv[1]))
    if "tiny" in what:
        make_tiny()
