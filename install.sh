#!/bin/sh
# Installs NetRaven on this machine: the checkout, or the one wheel, that lies beside this script.
set -eu
umask 022

usage() {
    cat <<'TEXT'
usage: ./install.sh [--user] [--postgres] [--dry-run]      install, or upgrade and keep all data
       ./install.sh --uninstall [--user] [--purge [--yes]] [--dry-run]

  --user       for yourself, without root: the data are yours, your own systemd wakes NetRaven
  --postgres   with the driver for PostgreSQL
  --dry-run    say what would be done, and do nothing
  --uninstall  take away program and timers; settings, database and archive stay
  --purge      take these away too: all that NetRaven ever recorded on this machine
  --yes        do not ask before --purge

Variables: PREFIX (where the program is put: /opt/netraven, or ~/.local/lib/netraven), PYTHON (which one to use).
Libraries come from where pip is set up to find them. To stay as they were tested: requirements-dev.lock is obeyed.
TEXT
}

say() { printf '%s\n' "$*"; }

give_up() { # STATUS SENTENCE: the statuses are netraven's own
    status=$1
    shift
    printf 'install.sh: %s\n' "$*" >&2
    exit "$status"
}

# Everything that changes the machine goes through one of these two.
change() {
    if [ "$dry_run" = yes ]; then say "would do: $*"; else "$@"; fi
}

as_owner() { # runs as who owns the data
    if [ "$for_user" = yes ]; then
        change env NETRAVEN_CONFIG="$config" "$@"
    else
        change runuser -u netraven -- env HOME="$data" NETRAVEN_CONFIG="$config" "$@"
    fi
}

read_arguments() {
    for_user=no postgres=no dry_run=no uninstall=no purge=no yes=no
    for argument in "$@"; do
        case $argument in
        --user) for_user=yes ;;
        --postgres) postgres=yes ;;
        --dry-run) dry_run=yes ;;
        --uninstall) uninstall=yes ;;
        --purge) purge=yes ;;
        --yes | -y) yes=yes ;;
        --help | -h) usage && exit 0 ;;
        *) usage >&2 && give_up 64 "$argument is not understood" ;;
        esac
    done
    [ "$purge" = no ] || [ "$uninstall" = yes ] || give_up 64 "--purge goes with --uninstall"
}

choose_places() {
    if [ "$for_user" = yes ]; then
        [ "$(id -u)" != 0 ] || give_up 64 "--user is for an ordinary user; as root, leave it out"
        prefix=${PREFIX:-$HOME/.local/lib/netraven}
        link=$HOME/.local/bin/netraven
        config=$HOME/.config/netraven/config.yml
        data=$HOME/.local/share/netraven
        units=$HOME/.config/systemd/user
        systemctl='systemctl --user'
    else
        [ "$(id -u)" = 0 ] || [ "$dry_run" = yes ] ||
            give_up 77 "this needs root: run it with sudo, or install for yourself with --user"
        prefix=${PREFIX:-/opt/netraven}
        link=/usr/local/bin/netraven
        config=/etc/netraven/config.yml
        data=/var/lib/netraven
        units=/etc/systemd/system
        systemctl=systemctl
    fi
    case $prefix in
    *[!A-Za-z0-9_./+-]*) give_up 64 "PREFIX is $prefix, and must have plain characters only" ;;
    /*) ;;
    *) give_up 64 "PREFIX is $prefix, and must begin with /" ;;
    esac
    venv=$prefix/venv
    here=$(cd "$(dirname "$0")" && pwd)
}

# --- what the machine must have

check_machine() {
    [ "$(uname -s)" = Linux ] || give_up 69 "this is no Linux; NetRaven runs there, and in a container"
    command -v git >/dev/null 2>&1 || give_up 69 "there is no git; install it first, for example: apt install git"
    [ "$for_user" = yes ] || command -v runuser >/dev/null 2>&1 ||
        give_up 69 "there is no runuser; install the package util-linux"
    find_python
    find_source
}

find_python() {
    for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python3.10}; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
            "$python" -c 'import ensurepip, venv' 2>/dev/null ||
                give_up 69 "$python has no venv; install it, for example: apt install python3-venv"
            return
        fi
    done
    give_up 69 "there is no Python 3.10 or newer; install one with venv, or name it: PYTHON=/path/to/python3 $0"
}

find_source() {
    if [ -f "$here/pyproject.toml" ] && [ -d "$here/netraven_cli" ]; then
        source=$here
        return
    fi
    set -- "$here"/netraven-*.whl
    [ $# = 1 ] && [ -f "$1" ] || give_up 66 "beside this script there is neither NetRaven's checkout nor one wheel"
    source=$1
}

# --- installing

pip() {
    change "$venv/bin/python" -m pip "$@" --quiet --disable-pip-version-check
}

install_program() {
    say "NetRaven from $source goes to $venv, with $("$python" --version)"
    [ -x "$venv/bin/python" ] || change "$python" -m venv "$venv"
    set --
    [ ! -f "$here/requirements-dev.lock" ] || set -- --constraint "$here/requirements-dev.lock"
    extra=
    [ "$postgres" = no ] || extra='[postgres]'
    wheels=$(mktemp -d)
    trap 'rm -rf "$wheels"' EXIT
    # First a wheel: pip takes a wheel's version for its content, so that the second call replaces the program itself.
    pip wheel --no-deps --wheel-dir "$wheels" "$source"
    wheel=$(find "$wheels" -name '*.whl')
    wheel=${wheel:-the wheel} # in a dry run
    pip install "$@" "$wheel$extra"
    pip install --no-deps --force-reinstall "$wheel"
}

make_user() {
    id netraven >/dev/null 2>&1 ||
        change useradd --system --user-group --home-dir "$data" --no-create-home --shell /usr/sbin/nologin netraven
    [ "$dry_run" = yes ] || runuser -u netraven -- "$venv/bin/python" -c '' 2>/dev/null ||
        give_up 77 "the user netraven cannot run $venv/bin/python: $python lies in a folder that is closed to others;" \
            "name another one: PYTHON=/usr/bin/python3 $0"
}

make_settings() { # the shipped file, that says where the data are
    [ ! -e "$config" ] || return 0
    say "the settings will be $config"
    [ "$dry_run" = no ] || return 0
    "$venv/bin/python" -c '
from importlib.resources import files
print(files("netraven_cli").joinpath("config.yml").read_text("utf-8"), end="")' |
        sed "s|^#data_dir: .*|data_dir: $data|" >"$wheels/config.yml"
    install -o netraven -g netraven -m 0600 "$wheels/config.yml" "$config"
}

make_wrapper() { # files that root makes in the data folder would lock the service user out
    say "$link is the command; root becomes netraven in it"
    [ "$dry_run" = no ] || return 0
    cat >"$wheels/netraven" <<TEXT
#!/bin/sh
# Made by NetRaven's install.sh. The data are the user netraven's: root becomes netraven, but for writing units.
command='$venv/bin/netraven'
[ "\$(id -u)" = 0 ] || exec "\$command" "\$@"
export HOME='$data' NETRAVEN_CONFIG="\${NETRAVEN_CONFIG:-$config}"
case " \$* " in
*' schedule sync '*)
    # First as netraven, so that the log that is opened on the way is made by its owner.
    runuser -u netraven -- "\$command" schedule list >/dev/null || exit
    # The units run as the owner of this folder, whatever the settings, which netraven may write, say.
    NETRAVEN_DATA_DIR='$data' exec "\$command" "\$@"
    ;;
esac
exec runuser -u netraven -- "\$command" "\$@"
TEXT
    install -m 0755 "$wheels/netraven" "$link"
}

systemd_runs() {
    # shellcheck disable=SC2086 # two words for a user
    $systemctl show --property=Version >/dev/null 2>&1
}

sync_timers() {
    if systemd_runs; then
        if [ "$for_user" = yes ]; then
            change "$link" schedule sync --target systemd-user
        else
            change "$link" schedule sync --target systemd
        fi
    else
        say "systemd does not run here, so nothing wakes NetRaven yet; see: netraven schedule sync --help"
    fi
}

install_for_system() {
    install_program
    make_user
    change install -d -o netraven -g netraven -m 0755 "${config%/*}"
    change install -d -o netraven -g netraven -m 0700 "$data"
    make_settings
    make_wrapper
    as_owner "$venv/bin/netraven" init
}

install_for_user() {
    install_program
    change mkdir -p "${link%/*}"
    change ln -sfn "$venv/bin/netraven" "$link"
    as_owner "$venv/bin/netraven" init
    case ":$PATH:" in *":${link%/*}:"*) ;; *) say "${link%/*} is not in your PATH; put it there to call netraven" ;; esac
}

# --- uninstalling

remove_timers() { # only files that `netraven schedule sync` made
    for unit in "$units"/netraven-*.timer "$units"/netraven-*.path "$units"/netraven-*.service; do
        if [ -f "$unit" ] && head -n 1 "$unit" | grep -q '^# Generated by netraven schedule sync '; then
            # shellcheck disable=SC2086 # two words for a user
            ! systemd_runs || change $systemctl disable --quiet --now "${unit##*/}"
            change rm -f "$unit"
            for wanted in "$units"/*.target.wants/"${unit##*/}"; do
                [ ! -L "$wanted" ] || change rm -f "$wanted"
            done
        fi
    done
    # shellcheck disable=SC2086 # two words for a user
    ! systemd_runs || change $systemctl daemon-reload
}

remove_program() {
    if [ -L "$link" ] || { [ -f "$link" ] && grep -q "^# Made by NetRaven's install.sh" "$link"; }; then
        change rm -f "$link"
    fi
    [ ! -f "$venv/pyvenv.cfg" ] || change rm -rf "$venv"
    [ ! -d "$prefix" ] || change rmdir --ignore-fail-on-non-empty "$prefix"
}

ask_before_purge() {
    [ "$yes" = no ] && [ "$dry_run" = no ] || return 0
    [ -t 0 ] || give_up 64 "--purge deletes $data with the archive in it, and there is no terminal to ask on; add --yes"
    printf 'Delete %s, with the archive and the key of the vault in it, and %s? [y/N] ' "$data" "${config%/*}"
    read -r answer
    case $answer in y | Y | yes) ;; *) give_up 64 "nothing was done" ;; esac
}

purge() {
    change rm -rf "$data" "${config%/*}"
    if [ "$for_user" = no ] && id netraven >/dev/null 2>&1; then
        change userdel netraven
    fi
}

main() {
    read_arguments "$@"
    choose_places
    if [ "$uninstall" = yes ]; then
        [ "$purge" = no ] || ask_before_purge
        remove_timers
        remove_program
        if [ "$purge" = yes ]; then purge; else say "kept: $config and $data"; fi
        return
    fi
    check_machine
    if [ "$for_user" = yes ]; then install_for_user; else install_for_system; fi
    sync_timers
    [ "$dry_run" = yes ] || say "done: $("$venv/bin/netraven" --version). Next: netraven credential add NAME --username U --password-from prompt"
}

main "$@"
