#!/bin/bash
# make pi-install, make pi-uninstall: puts jar, script, autostart entry and crontab lines where they work for this user, or takes them away.
# ROOT=1 does the same with root's crontab lines. Other lines and files stay as they are, and twice is as good as once.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")"

die() { echo "pi-${1:-install}: $2" >&2; exit 1; }

action=${1:-install}
case $action in install | uninstall) ;; *) die install "install or uninstall, not $action" ;; esac
[ -z "${SUDO_USER:-}" ] || die "$action" "run it as the user it is for, without sudo (ROOT=1 asks for it by itself)"
[[ $HOME =~ ^[A-Za-z0-9._/-]+$ ]] || die "$action" "the home directory's name has characters that cron or the desktop would take for something else: $HOME"
command -v crontab >/dev/null || die "$action" "no crontab here: sudo apt-get install cron"

config=${XDG_CONFIG_HOME:-$HOME/.config}
script=$HOME/Desktop/bootCommands.sh
entry=$config/autostart/openConnection.desktop
crontabOf() { if [ "$1" = root ] && [ "$(id -u)" -ne 0 ]; then sudo crontab "${@:2}"; else crontab "${@:2}"; fi; }

# Merges FILE's lines into the crontab of the user or of root: those that this script put there before go, FILE's come last, the rest stays.
# A crontab that cannot be read is not written either.
merge() {
    local who=$1 file=$2 before after
    if ! before=$(crontabOf "$who" -l 2>&1); then
        [[ $before == *'no crontab for'* ]] || die "$action" "$before"
        before=
    fi
    after=$(grep -vxF -f "$file" <<<"$before" || true)
    if [ "$action" = install ]; then after=$after${after:+$'\n'}$(cat "$file")
    else after=$(grep -v "^[^#]*$script" <<<"$after" || true); fi
    if [ -z "$after" ]; then crontabOf "$who" -r 2>/dev/null || true
    elif [ "$after" != "$before" ]; then crontabOf "$who" - <<<"$after"; fi
}

# The script's line in a session's autostart FILE, where the file exists; made anew it would hide the system's own.
sessionLine() {
    local file=$1 line=$2 rest
    [ -f "$file" ] || return 0
    rest=$(grep -vF -- "$script" "$file" || true)
    [ "$action" = uninstall ] || rest=$rest${rest:+$'\n'}$line
    [ "$rest" = "$(cat "$file")" ] || printf '%s\n' ${rest:+"$rest"} >"$file"
}

# A file is replaced by renaming, so that a broker that runs from the old jar keeps it.
place() { mkdir -p "$(dirname "$3")" && install -m "$1" "$2" "$3.new" && mv "$3.new" "$3"; }
adapted() { sed "s|/home/pi/|$HOME/|g" "$1"; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
adapted crontab >"$work/user"
sed -n 's/^#root# //p' crontab >"$work/root"

if [ "$action" = install ]; then
    [ -r ../mqttq.jar ] || die install "no mqttq.jar: make builds it"
    place 644 ../mqttq.jar "$HOME/mqttq.jar"
    place 755 bootCommands.sh "$script"
    mkdir -p "${entry%/*}"
    adapted openConnection.desktop >"$entry"
else
    [ ! -x "$script" ] || "$script" stop || true
    rm -f "$script" "$HOME/mqttq.jar" "$entry" "$HOME/Desktop/bootCommands.ran" "$HOME/bootCommands.ran"
    rm -rf "${XDG_STATE_HOME:-$HOME/.local/state}/mqttq"
fi
sessionLine "$config/lxsession/LXDE-pi/autostart" "$script"
sessionLine "$config/labwc/autostart" "$script &"
merge user "$work/user"
[ "${ROOT:-}" != 1 ] || merge root "$work/root"
if [ "$action" = install ]; then
    echo "installed. $script starts it now, tells what is missing in $config/mqttq/pi.conf, and is run every 15 minutes from here on."
else
    echo "uninstalled. Kept: $config/mqttq, and the broker's data in ${XDG_DATA_HOME:-$HOME/.local/share}/mqttq."
fi
