package mqttq.cli;

/** The texts of {@code --help}. */
final class Help {
    static final String USAGE = """
        mqttq: MQTT over QUIC

        java -jar mqttq.jar COMMAND [options]

          broker    runs the broker
          pub       publishes messages
          sub       subscribes and prints messages
          rr        publishes a request and waits for the response
          passwd    edits a password file
          bench     puts load on a broker and measures

        java -jar mqttq.jar COMMAND --help lists the options of a command; --version prints the version.
        """;
    private static final String BROKER = """
        Usage: java -jar mqttq.jar broker [-c FILE] [-p PORT]... [-v | -q] [--listen URL]... [--data DIR] [--allow-anonymous]

          -c FILE             configuration, in the format of mosquitto.conf
          -p PORT             port for QUIC and TCP, where the configuration has no listener; repeatable
          -v, -q              logs everything, or nothing
          --listen URL        listens there: quic://, mqtt://, mqtts://, ws://, wss:// HOST:PORT; repeatable
          --data DIR          where certificate and state are kept (default ~/.local/share/mqttq)
          --allow-anonymous   lets in clients without a user name on the listeners of --listen
          --tls-keylog FILE   where TLS secrets go, as with SSLKEYLOGFILE
          --test-config       only reads the configuration and says what is wrong with it

        Without -c and --listen it listens on this machine alone.
        """;
    private static final String PUB = """
        Usage: java -jar mqttq.jar pub [-h HOST] [-p PORT] -t TOPIC (-m MESSAGE | -f FILE | -l | -n | -s) [options]

          -t TOPIC            the topic
          -m MESSAGE          the payload
          -f FILE             the payload is the content of a file
          -l                  a message for each line of standard input
          -n                  an empty payload
          -s                  the payload is all of standard input
          -r                  retained
          --repeat N          publishes N times
          --repeat-delay S    seconds between them
        """;
    private static final String SUB = """
        Usage: java -jar mqttq.jar sub [-h HOST] [-p PORT] -t FILTER... [options]

          -t FILTER           a topic filter; repeatable
          -v                  prints the topic in front of the payload
          -F FORMAT           prints as FORMAT says, in the language of mosquitto_sub
          --pretty            JSON over several lines, with -F %j and %J
          -N                  no newline after a message
          -C COUNT            ends after COUNT messages
          -W SECONDS          ends after SECONDS
          -E                  ends when the subscriptions are acknowledged
          -R                  leaves out retained messages that were there before
          -T FILTER           leaves out messages that match; repeatable
          -U FILTER           unsubscribes; repeatable
          --retained-only     only retained messages, and ends at the first other one
          --remove-retained   clears the retained messages it receives
          --retain-as-published  shows the retain flag as it was published (MQTT 5)
          --retain-handling always|new|never  which retained messages to send (MQTT 5)
          --message-rate      prints how many messages came each second, and no messages
          --random-filter P   prints P percent of the messages, 0.1 to 100
        """;
    private static final String RR = """
        Usage: java -jar mqttq.jar rr [-h HOST] [-p PORT] -t TOPIC -e RESPONSE_TOPIC (-m MESSAGE | -f FILE | -n | -s) [options]

          -t TOPIC            the topic of the request
          -e TOPIC            the topic of the response
          -m MESSAGE          the request's payload
          -f FILE             the payload is the content of a file
          -n                  an empty payload
          -s                  the payload is all of standard input
          -v                  prints the topic in front of the payload
          -F FORMAT           prints as FORMAT says, in the language of mosquitto_sub
          --pretty            JSON over several lines, with -F %j and %J
          -N                  no newline after the response
          -R                  does not take a retained message for the response
          -W SECONDS          ends after SECONDS
        """;
    private static final String COMMON = """

          -h HOST             the broker (default localhost)
          -p PORT             its port (default 14567 for quic, 1883 tcp, 8883 tls, 8083 ws, 8084 wss)
          --transport NAME    quic (default), tcp, tls, ws or wss; without it -p 1883, 8883, 8083 and 8084 mean the last four
          --fallback          when QUIC cannot be had within 5 s and tries again after 1, 2 and 4 s, at most 10 s in all, TLS instead, never plain
                              TCP; QUIC comes first again whenever it reconnects
          --fallback-port PORT  the same with TLS on PORT (default 8883; -p is QUIC's port)
          --streams NAME      over QUIC: single (default), topic or qos: a stream of its own for each topic and filter, or each QoS, so that what is
                              large or slow holds up nothing else. Of these streams the broker keeps nothing when the connection ends
          -L URL              all in one: quic://[USER[:PASSWORD]@]HOST[:PORT]/TOPIC; also mqtt://, mqtts://, ws://, wss://
          -i ID, -I PREFIX    the client id, or its beginning, in front of the process id
          -u USER, -P PW      user name and password
          -q QOS              0, 1 or 2 (default 0)
          -k SECONDS          keep-alive (default 60)
          -V VERSION          mqttv31, mqttv311 or mqttv5 (default mqttv311, of rr mqttv5)
          -c                  keeps the session when the connection ends (needs -i)
          -x SECONDS          how long the session is kept (MQTT 5)
          -M COUNT            the most messages of QoS 1 and 2 in flight (default 20)
          -D COMMAND PROPERTY [NAME] VALUE   a property of MQTT 5, such as: -D publish content-type text/plain
                              With -D connect authentication-method SCRAM-SHA-256 the password is proved, not sent
          -d                  shows each packet
          --quiet             prints no errors
          --will-topic, --will-payload, --will-qos, --will-retain   the will
          --ws                WebSocket, as --transport ws, or wss with the options that follow
          --cafile FILE, --capath DIR   certificates to trust (PEM)
          --tls-use-os-certs  trusts what Java trusts, too
          --insecure          trusts anybody
          --no-tls            forgets what an options file says of certificates
          --cert FILE, --key FILE       the client's own certificate and key (PEM)
          --tls-version tlsv1.2|tlsv1.3, --ciphers LIST, --tls-alpn NAME
          -o FILE             options, one a line; without it $XDG_CONFIG_HOME/mqttq/COMMAND or ~/.config/mqttq/COMMAND
        """;

    private static final String PASSWD = """
        Usage: java -jar mqttq.jar passwd [-c | -D] [-I ITERATIONS] FILE USER
               java -jar mqttq.jar passwd [-c] -b [-I ITERATIONS] FILE USER PASSWORD
               java -jar mqttq.jar passwd -U FILE

          -b                  takes the password from the command line, where others can see it
          -c                  makes the file anew, in place of one that is there
          -D                  deletes the user instead of adding it or changing its password
          -H HASH             sha512-pbkdf2 (the default), or scram-sha-256, also for MQTT 5 AUTH
          -I ITERATIONS       of the hash (default 100000)
          -U                  hashes the passwords of a file that has them in plain text

        The file is that of mosquitto_passwd.
        """;
    private static final String BENCH = """
        Usage: java -jar mqttq.jar bench pub|sub|conn|rtt [-h HOST] [-p PORT] [--transport NAME] [options]

          pub                 publishes, and measures until the acknowledgement; QoS 0: until the transport
                              takes it, and in all until the transport has had the last byte acknowledged
          sub                 counts messages from the first to the last, and measures from the time at which a message
                              of pub was due, where it has at least 16 bytes and both clocks agree (one machine is best)
          conn                connects, and measures until CONNACK
          rtt                 publishes, and measures until the client's own subscription gives the message back

          -c CLIENTS          how many clients (default 1)
          -n MESSAGES         of each client (default 1000); conn: how often each connects (default 1)
          -R RATE             messages a second of each client, evenly; without it as fast as acknowledgements come
          -s SIZE             bytes of a payload (default 16, the least for rtt)
          -q QOS              0, 1 or 2 (default 0)
          -t TOPIC            %i in it is the number of the client, from 1 (default bench/%i)
          -M COUNT            the most messages of a client in flight (default 20)
          --streams NAME      over QUIC: single (default); with topic or qos the messages go over a stream beside the control stream
          -V VERSION          31, 311 (default) or 5
          --warmup MESSAGES   of each client, before anything is measured (default: 20000 among all, at most as many as -n); those of
                              pub go to TOPIC/warmup; conn: connections
          --parallel COUNT    connections in the making at once (default 16)
          --json              one JSON object on standard output, and nothing on standard error but errors

        Latency counts from the time at which a message was due by -R, not from when there was room to send it.
        Address, user, TLS and session options are those of pub.
        """;

    private Help() { }

    /** The help of a command, or null where there is no such command. */
    static String of(String command) {
        return switch (command) {
            case "broker" -> BROKER;
            case "pub" -> PUB + COMMON;
            case "sub" -> SUB + COMMON;
            case "rr" -> RR + COMMON;
            case "passwd" -> PASSWD;
            case "bench" -> BENCH;
            default -> null;
        };
    }
}
