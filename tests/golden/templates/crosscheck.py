"""Renders the same with Python's jinja2 (3.1.6), set up as transformers does, and writes differences.json: what jinja2 gives
where @huggingface/jinja gives something else. test_template.c expects jinja2's result there; README.md says why.
Also renders snippets.json, small templates for every construct, to snippets_expected.json.
"""
import datetime, json, pathlib

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

HERE = pathlib.Path(__file__).parent
NOW = 1785924000


class Generation(Extension):
    """transformers.utils.chat_template_utils.AssistantTracker, without the tracking."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("same"), [], [], body).set_lineno(line)

    def same(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
env.filters["tojson"] = tojson
env.globals["raise_exception"] = raise_exception
env.globals["strftime_now"] = lambda f: datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc).replace(tzinfo=None).strftime(f)


def render(source, context):
    try:
        return env.from_string(source).render(**context)
    except Exception as e:
        return {"error": str(e)[:120]}


contexts = json.loads((HERE / "contexts.json").read_text())
out, n = {}, 0
for name, _, licence, *_ in json.loads((HERE / "families.json").read_text())["families"]:
    file = HERE / ("bundled" if licence else "fetched") / (name + ".jinja")
    if not file.exists():
        continue
    source = file.read_bytes().decode()
    for key, wanted in json.loads((HERE / "expected" / (name + ".json")).read_text()).items():
        got = render(source, contexts[key])
        n += 1
        same = got == wanted or (isinstance(got, dict) and isinstance(wanted, dict))
        if not same:
            out.setdefault(name, {})[key] = got
text = ",\n".join(
    f"{json.dumps(f)}: {{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in c.items()) + "\n}"
    for f, c in out.items()
)
(HERE / "differences.json").write_text("{\n" + text + "\n}\n")

snippets = json.loads((HERE / "snippets.json").read_text())
lines = [json.dumps([t, render(t, snippets["context"])], ensure_ascii=False) for t in snippets["templates"]]
(HERE / "snippets_expected.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
print(f"{n} cases, {sum(map(len, out.values()))} differ: " + ", ".join(f"{k} {len(v)}" for k, v in out.items()))
