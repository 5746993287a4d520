#!/bin/bash
# Keeps this machine's MQTT broker and its way in (a reverse SSH tunnel) alive. Started by cron, by the desktop session and by hand,
# as often as you like: it repairs what does not answer and leaves alone what does.
#
#   bootCommands.sh          start whatever does not work
#   bootCommands.sh status   what runs, since when, which runs there were, when cron runs it next
#   bootCommands.sh stop     stop what it started (the next run starts it again)
#   bootCommands.sh fleet    which machines of the configured range answer, and whether their brokers do
#
# Settings: ~/.config/mqttq/pi.conf, written at the first run. Exit: 0 all works, 1 something does not, 2 usage or settings.
set -u
export LC_ALL=C
export MALLOC_MMAP_THRESHOLD_=24000 # what Java's compiler takes, 30 MB at times, goes back to the system at once

CONF=${XDG_CONFIG_HOME:-$HOME/.config}/mqttq/pi.conf
STATE=${XDG_STATE_HOME:-$HOME/.local/state}/mqttq
LOG=$STATE/bootCommands.log
LOG_BYTES=$((256 * 1024)) # twice that is kept: this one and the one before
MARKER=$HOME/bootCommands.ran
[ -d "$HOME/Desktop" ] && MARKER=$HOME/Desktop/bootCommands.ran
BOOT=$(</proc/sys/kernel/random/boot_id)

server='' server_port=22 user=$(id -un) key=$HOME/.ssh/id_tunnel local_port=22 remote_port='' ssh_options=''
jar=$HOME/mqttq.jar java=java broker_options='' probe_options='--insecure'
java_options='-XX:+IgnoreUnrecognizedVMOptions -XX:+UseSerialGC -Xms6m -Xmx32m -Xmn3m -Xss256k -XX:-UsePerfData -XX:ReservedCodeCacheSize=16m -XX:+ExitOnOutOfMemoryError'
fleet='192.168.1.20-29' timeout=30 patience=120

writeConfig() {
    mkdir -p "${CONF%/*}" && cat >"$CONF" <<END
# Settings of bootCommands.sh: KEY = VALUE, one a line. What is commented out shows the default.

# The tunnel: the server's name or address ("none": no tunnel wanted), and who this machine is there.
#server =
#server_port = 22
#user = $user
# The key of the tunnel, without a passphrase, and the server's own host key in ~/.ssh/known_hosts:
#   ssh-keygen -t ed25519 -N '' -f ~/.ssh/id_tunnel
#   ssh-keyscan SERVER >> ~/.ssh/known_hosts     (then compare its fingerprint with the server's own)
#key = ~/.ssh/id_tunnel
# The server's port that leads here. A host name that ends in a number N has 31022 + 100 N; any other has no default.
#remote_port = 31122
# The port of this machine's own SSH server.
#local_port = 22
#ssh_options = -o Compression=yes

# The broker ("jar = none": no broker wanted). Without options it serves this machine alone; the line below opens it to everyone who can reach it.
#jar = ~/mqttq.jar
#broker_options = --listen quic://0.0.0.0:14567 --allow-anonymous
# How the broker is asked whether it answers: options of "sub". A refused login counts as an answer.
#probe_options = $probe_options
#java = java
#java_options = $java_options

# Addresses that "bootCommands.sh fleet" asks.
#fleet = $fleet

# Seconds: the most that one test may take, and how long one run goes on trying.
#timeout = $timeout
#patience = $patience
END
}

# Reads the settings. What does not parse stops everything: half a configuration is worse than what runs already.
readConfig() {
    local line key_ value n=0
    [ -e "$CONF" ] || writeConfig || { complain "cannot write $CONF"; exit 2; }
    [ -r "$CONF" ] || { complain "cannot read $CONF"; exit 2; }
    while IFS= read -r line || [ -n "$line" ]; do
        n=$((n + 1))
        line=${line%$'\r'}
        [[ $line =~ ^[[:space:]]*(#.*)?$ ]] && continue
        [[ $line =~ ^[[:space:]]*([a-z_]+)[[:space:]]*=[[:space:]]*(.*)$ ]] || { complain "$CONF:$n: not KEY = VALUE: $line"; exit 2; }
        key_=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
        value=${value%"${value##*[![:space:]]}"}
        case $key_ in
            server) [[ $value =~ ^([A-Za-z0-9_.:%][A-Za-z0-9_.:%-]*)?$ ]] ;;
            user) [[ $value =~ ^[A-Za-z0-9_.][A-Za-z0-9_.-]*$ ]] ;;
            server_port | local_port | remote_port) [[ $value =~ ^[1-9][0-9]{0,4}$ ]] && [ "$value" -le 65535 ] ;;
            timeout) [[ $value =~ ^[1-9][0-9]{0,2}$ ]] ;;
            patience) [[ $value =~ ^[0-9]{1,3}$ ]] ;;
            fleet) [[ $value =~ ^[0-9]+(\.[0-9]+){3}(-[0-9]+)?([[:space:]]+[0-9]+(\.[0-9]+){3}(-[0-9]+)?)*$ ]] ;;
            key | jar | java) [ -n "$value" ] ;;
            ssh_options | broker_options | probe_options | java_options) ;;
            *) complain "$CONF:$n: unknown key $key_"; exit 2 ;;
        esac || { complain "$CONF:$n: not a value for $key_: ${value:-(nothing)}"; exit 2; }
        [ "${value#\~/}" = "$value" ] || value=$HOME/${value#\~/}
        printf -v "$key_" %s "$value"
    done <"$CONF"
    SSH=(-o ServerAliveInterval=15 -o ServerAliveCountMax=3 -o ConnectTimeout="$timeout" -o LogLevel=ERROR)
    SSH=(ssh -F none -p "$server_port" -i "$key" -o IdentitiesOnly=yes -o BatchMode=yes -o ControlPath=none -o StrictHostKeyChecking=yes
        -o UserKnownHostsFile="$HOME/.ssh/known_hosts" "${SSH[@]}")
    read -ra value <<<"$ssh_options"
    if [ -z "$remote_port" ] && [[ $(uname -n) =~ ^[^.]*[^.0-9]0*([1-9][0-9]{0,2})(\..*)?$ ]]; then
        remote_port=$((31022 + 100 * BASH_REMATCH[1]))
        [ $remote_port -le 65535 ] || remote_port=
    fi
}

# --- log and marker

log() { printf '%s %s %s\n' "$(date -Is)" "$BY" "$*" >>"$LOG"; }
report() { outcome+=${outcome:+; }$*; log "$*"; echo "$*"; }
complain() { outcome+=${outcome:+; }$*; failed=1; log "$*"; echo "bootCommands: $*" >&2; }

# Starts the log anew when it is full. Copied and emptied, not moved: the broker goes on writing at its end.
trimLog() {
    [ "$(stat -c %s "$LOG" 2>/dev/null || echo 0)" -lt $LOG_BYTES ] || { tail -c $LOG_BYTES "$LOG" >"$LOG.1" && : >"$LOG"; }
    [ "$(stat -c %s "$STATE/tunnel.err" 2>/dev/null || echo 0)" -lt $LOG_BYTES ] || : >"$STATE/tunnel.err"
}

# Standard input to the log as it comes, however much it is: dd stops after 256 blocks, or at the end of input with fewer.
keepLog() {
    local blocks
    while blocks=$(dd bs=1k count=256 2>&1 >>"$LOG") && [ $((${blocks%% *})) -eq 256 ]; do trimLog; done
}

# Who started this run: cron, login (the desktop session) or hand.
starter() {
    local pid=$PPID stat
    while [ "$pid" -gt 1 ] && IFS= read -r stat 2>/dev/null <"/proc/$pid/stat"; do
        case $stat in *'(cron) '* | *'(crond) '* | *'(CRON) '*) echo cron; return ;; esac
        stat=${stat##*) } stat=${stat#* } pid=${stat%% *}
    done
    if [ -t 0 ] || [ -t 1 ] || [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then echo hand; else echo login; fi
}

# The marker holds one line for each starter: its latest run and what became of it.
mark() {
    local lines
    {
        flock -w 5 8
        lines=$(grep -v "^$BY " "$MARKER" 2>/dev/null)
        printf '%s\n' ${lines:+"$lines"} "$(printf '%-5s %s %s' "$BY" "$(date -Is)" "$*")" >"$MARKER.new" && mv "$MARKER.new" "$MARKER"
    } 8>>"$STATE/marker.lock"
}

# --- processes, known by pid, start time and boot

startTime() {
    local stat
    IFS= read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
    read -ra stat <<<"${stat##*) }"
    [ "${stat[0]}" != Z ] && echo "${stat[19]}"
}

record() { echo "$2 $(startTime "$2") $BOOT" >"$STATE/$1.pid"; }

# Sets pid and succeeds when the process that was recorded under NAME still lives.
recorded() {
    local start boot
    read -r pid start boot 2>/dev/null <"$STATE/$1.pid" && [ "$boot" = "$BOOT" ] && [ "$(startTime "$pid")" = "$start" ]
}

# Ends the process recorded under NAME, if it lives: asked first, then killed.
end() {
    local i
    recorded "$1" || return 0
    kill "$pid" 2>/dev/null
    kill -CONT "$pid" 2>/dev/null # a frozen one hears nothing else
    for ((i = 0; i < 80; i++)); do
        recorded "$1" || return 0
        sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null
    while recorded "$1"; do sleep 0.1; done
}

# --- broker

# A CONNECT and a SUBSCRIBE that are answered. Codes 2 to 5 are a CONNACK's: a broker that wants a password does answer.
# No -W: with -E its end would look like success.
answers() {
    local options
    read -ra options <<<"$*"
    timeout -k 1 "$timeout" "$java" -XX:+IgnoreUnrecognizedVMOptions -XX:+UseSerialGC -XX:-UsePerfData -Xmx16m \
        -jar "$jar" sub -t mqttq/probe -E "${options[@]}" </dev/null >/dev/null 2>&1 9>&-
    case $? in 0 | [2-5]) return 0 ;; *) return 1 ;; esac
}

haveBroker() {
    if ! command -v "$java" >/dev/null; then complain "broker: no $java here: sudo apt-get install default-jre-headless"
    elif [ ! -r "$jar" ]; then complain "broker: no jar at $jar: make pi-install puts it there"
    else return 0; fi
    return 1
}

# Which Java and which jar, also after an update in place: an archive serves no other.
classesKey() { stat -Lc '%i %Z %s' "$(command -v "$java")" "$jar"; echo "$java_options"; }
archived() { [ -r "$STATE/broker.jsa" ] && [ "$(classesKey)" = "$(cat "$STATE/broker.key" 2>/dev/null)" ]; }

# The classes that a broker has loaded when it first answered, in the form in which the next one maps them: a third less work at its start,
# 4 to 10 MB less memory. One attempt for each list; without an archive all works as well.
archiveClasses() {
    local flags
    [ -s "$STATE/broker.classes" ] || return
    read -ra flags <<<"$java_options"
    classesKey >"$STATE/broker.key"
    nice timeout -k 1 300 "$java" "${flags[@]}" -Xshare:dump -XX:SharedClassListFile="$STATE/broker.classes" \
        -XX:SharedArchiveFile="$STATE/broker.jsa.new" -cp "$jar" </dev/null >/dev/null 2>&1 9>&- && mv "$STATE/broker.jsa.new" "$STATE/broker.jsa"
    rm -f "$STATE/broker.classes" "$STATE/broker.jsa.new"
}

ensureBroker() {
    local options flags share until
    [ "$jar" = none ] && { report "broker: none wanted"; return; }
    haveBroker || return
    answers "$probe_options" && { report "broker: answers"; return; }
    if recorded broker; then
        answers "$probe_options" && { report "broker: answers, at the second try"; return; }
        log "broker: $pid lives and does not answer: replaced"
        end broker
    fi
    read -ra options <<<"$broker_options"
    read -ra flags <<<"$java_options"
    if archived; then share=(-XX:SharedArchiveFile="$STATE/broker.jsa")
    else rm -f "$STATE/broker.jsa" && share=(-XX:DumpLoadedClassList="$STATE/broker.classes"); fi
    log "broker: starting $jar"
    setsid "$java" "${flags[@]}" "${share[@]}" -jar "$jar" broker "${options[@]}" </dev/null \
        > >(trap '' HUP INT; exec 9>&- >/dev/null 2>&1; keepLog) 2>&1 9>&- &
    record broker $!
    until=$((SECONDS + timeout + patience))
    while ! answers "$probe_options"; do
        recorded broker || { sleep 0.3; complain "broker: ended as soon as started: $(tail -n 1 "$LOG")"; return; }
        [ $SECONDS -lt $until ] || { complain "broker: started and does not answer, see $LOG"; return; }
        sleep 1
    done
    report "broker: started, answers"
}

# --- tunnel

# The first line that an SSH server says of itself: this machine's own, and the one behind the server's port.
ownBanner() { timeout 5 bash -c "exec 3<>/dev/tcp/localhost/$local_port && IFS= read -r line <&3 && echo \"\$line\"" 2>/dev/null 9>&-; }
farBanner() { timeout -k 1 "$timeout" "${SSH[@]}" -W "localhost:$remote_port" "$user@$server" </dev/null 2>/dev/null 9>&- | head -n 1; }

tunnelWorks() { [ "$(farBanner)" = "$banner" ]; }

haveTunnel() {
    if [ -z "$server" ]; then complain "tunnel: no server in $CONF (server = none: no tunnel wanted)"
    elif [ -z "$remote_port" ]; then complain "tunnel: no remote_port in $CONF, and the host name $(uname -n) does not end in a number that gives one"
    elif ! command -v ssh >/dev/null; then complain "tunnel: no ssh here: sudo apt-get install openssh-client"
    elif [ ! -r "$key" ]; then complain "tunnel: no key at $key: ssh-keygen -t ed25519 -N '' -f $key"
    elif ! banner=$(ownBanner); then complain "tunnel: this machine's own SSH server does not answer on port $local_port: sudo systemctl enable --now ssh"
    else return 0; fi
    return 1
}

# Both ends of the forwarding are loopback addresses: who wants in here must be on the server.
openTunnel() {
    : >"$STATE/tunnel.err"
    setsid "${SSH[@]}" -N -o ExitOnForwardFailure=yes -R "localhost:$remote_port:localhost:$local_port" "$user@$server" \
        </dev/null >/dev/null 2>>"$STATE/tunnel.err" 9>&- &
    record tunnel $!
}

ensureTunnel() {
    local until error banner
    [ "$server" = none ] && { report "tunnel: none wanted"; return; }
    haveTunnel || return
    if tunnelWorks; then
        if recorded tunnel; then report "tunnel: works, port $remote_port"
        elif pgrep -f "ssh .*-R ?([^ ]*:)?$remote_port:" >/dev/null; then report "tunnel: works, port $remote_port, by an ssh that was started elsewhere"
        else complain "tunnel: port $remote_port of the server leads to another machine: are there two with one number?"; fi
        return
    fi
    if recorded tunnel; then
        tunnelWorks && { report "tunnel: works, port $remote_port, at the second try"; return; }
        log "tunnel: $pid lives and nothing comes through: replaced"
        end tunnel
    fi
    until=$((SECONDS + patience))
    while :; do
        openTunnel
        while recorded tunnel; do
            sleep 1
            recorded tunnel && tunnelWorks && { report "tunnel: opened, works, port $remote_port"; return; }
            [ $SECONDS -lt $((until + timeout)) ] || end tunnel
        done
        error=$(tail -n 1 "$STATE/tunnel.err")
        case $error in
            *'Permission denied'*) error="$error (is $key.pub in the server's authorized_keys?)"; break ;;
            *'Host key verification failed'*) error="$error (is the server's key in ~/.ssh/known_hosts?)"; break ;;
            *'remote port forwarding failed'*) error="the server forbids port $remote_port or holds it still" ;;
        esac
        [ $SECONDS -lt $until ] || break
        sleep 3
    done
    complain "tunnel: ${error:-nothing comes through}"
}

# --- commands

run() {
    trap 'mark "${failed:+FAILED: }$outcome"' EXIT
    mark "running, pid $$"
    exec 9>>"$STATE/lock"
    flock -n 9 || { report "another run is at work: left to it"; exit 0; }
    trimLog
    readConfig
    ensureBroker
    ensureTunnel
    recorded broker && archiveClasses
}

# "pid N since TIME" of what is recorded under NAME.
since() { if recorded "$1"; then echo "pid $pid since $(ps -o lstart= -p "$pid")"; else echo "not started by bootCommands"; fi; }

# The next minute that one of the user's cron lines names; a line that is not "MINUTES * * * *" is shown as it is.
nextRun() {
    local minutes rest part from to step now m best=
    now=$(date +%-M)
    while read -r minutes rest; do
        [[ $rest =~ ^(\*[[:space:]]+){4} ]] || { [ "$minutes" = @reboot ] || echo "next cron run: $minutes $rest"; continue; }
        for part in ${minutes//,/ }; do
            [[ $part =~ ^(\*|([0-9]+)(-([0-9]+))?)(/([0-9]+))?$ ]] || continue
            from=${BASH_REMATCH[2]:-0} to=${BASH_REMATCH[4]:-${BASH_REMATCH[2]:-59}} step=${BASH_REMATCH[6]:-1}
            for ((m = 10#$from; m <= 10#$to; m += 10#$step)); do
                part=$(((m - now + 59) % 60 + 1))
                [ -n "$best" ] && [ "$best" -le "$part" ] || best=$part
            done
        done
    done < <(crontab -l 2>/dev/null | grep -v '^[[:space:]]*#' | grep -F bootCommands.sh)
    if [ -n "$best" ]; then echo "next cron run: $(date -d "+$best minutes" +%H:%M)"
    elif ! crontab -l 2>/dev/null | grep -v '^[[:space:]]*#' | grep -qF bootCommands.sh; then complain "cron: no line for bootCommands.sh in the crontab"; fi
    pgrep -x 'cron|crond' >/dev/null || complain "cron: does not run"
}

status() {
    local banner
    LOG=/dev/null
    readConfig
    if [ "$jar" = none ]; then echo "broker: none wanted"
    elif haveBroker; then
        if answers "$probe_options"; then echo "broker: answers, $(since broker)"; else complain "broker: does not answer, $(since broker)"; fi
    fi
    if [ "$server" = none ]; then echo "tunnel: none wanted"
    elif haveTunnel; then
        if tunnelWorks; then echo "tunnel: works, port $remote_port, $(since tunnel)"; else complain "tunnel: nothing comes through, $(since tunnel)"; fi
    fi
    echo "last runs ($MARKER):"
    sed 's/^/  /' "$MARKER" 2>/dev/null || echo "  none"
    nextRun
}

stop() {
    local name
    exec 9>>"$STATE/lock"
    flock -w 300 9 || { complain "another run is at work"; return; }
    for name in tunnel broker; do
        if recorded "$name"; then end "$name"; report "$name: stopped"; else report "$name: was not running, or was not started by this script"; fi
    done
    echo "The next run starts them again: crontab -e to keep it from running."
}

fleet() {
    local range net span n address name broker
    LOG=/dev/null
    readConfig
    command -v ping >/dev/null || { complain "no ping here: sudo apt-get install iputils-ping"; return; }
    [ "$jar" != none ] && haveBroker || jar=none
    for range in $fleet; do
        net=${range%.*} span=${range##*.}
        for ((n = ${span%-*}; n <= ${span#*-}; n++)); do
            { ping -n -c 1 -W 2 "$net.$n" >/dev/null 2>&1 && echo "$net.$n"; } &
        done
        wait
    done | sort -V | while read -r address; do
        name=$(getent hosts "$address" | awk '{ print $2 }')
        [ -n "$name" ] || name=$(timeout 5 avahi-resolve-address "$address" 2>/dev/null | awk '{ print $2 }')
        broker='no broker answers'
        if [ "$jar" = none ]; then broker='broker not asked: no jar'
        elif answers "-h $address --insecure"; then broker='broker answers (quic)'
        elif answers "-h $address -p 1883"; then broker='broker answers (tcp)'; fi
        printf '%-15s %-25s %s\n' "$address" "${name:-?}" "$broker"
    done
}

outcome='' failed=''
BY=$(starter)
mkdir -p "$STATE" || exit 1
case $#:${1:-} in
    0:) run ;;
    1:status) status ;;
    1:stop) stop ;;
    1:fleet) fleet ;;
    *) sed -n '5,10s/^# *//p' "$0" >&2; exit 2 ;;
esac
exit ${failed:-0}
