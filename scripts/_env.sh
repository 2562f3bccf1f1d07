# Sourced by scripts/run and scripts/test: makes .venv in the checkout, installs the package into it, and is quick when nothing changed.
# usage: premortem_env EXTRA   (EXTRA is "" or "dev"); afterwards $VENV/bin holds the tools.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=$ROOT/.venv

_python() {
  local candidate
  for candidate in python3 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
      echo "$candidate"
      return
    fi
  done
  echo "premortem needs Python 3.11 or later; none was found on the PATH" >&2
  return 1
}

_install_venv_package() {
  local sudo="" log
  [ "$(id -u)" -eq 0 ] || sudo=sudo
  log=$(mktemp)
  echo "python3-venv is missing; installing it" >&2
  if { $sudo apt-get update && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y python3-venv; } >"$log" 2>&1; then
    rm "$log"
  else
    cat "$log" >&2
    echo "could not install python3-venv; as root: apt-get install python3-venv" >&2
    return 1
  fi
}

_make_venv() {
  local python
  python=$(_python)
  # Debian ships python3 without ensurepip; its package python3-venv holds the missing half.
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    _install_venv_package
  fi
  "$python" -m venv "$VENV"
}

premortem_env() {
  local extra=$1 stamp wanted
  stamp=$VENV/.premortem-installed-${extra:-run}
  wanted=$(cd "$ROOT" && cat pyproject.toml constraints.txt scripts/_env.sh | cksum; echo "$ROOT")
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return
  [ -x "$VENV/bin/pip" ] || _make_venv
  echo "installing premortem into .venv (once; about a minute)" >&2
  "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --constraint "$ROOT/constraints.txt" \
    --editable "$ROOT${extra:+[$extra]}" >&2
  echo "$wanted" >"$stamp"
}
