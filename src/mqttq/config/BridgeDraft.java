package mqttq.config;

import java.util.ArrayList;
import java.util.List;

/** A {@code connection} section while the file is read. */
final class BridgeDraft {
    final String name, where;
    final List<String> addresses = new ArrayList<>();
    final List<String[]> topics = new ArrayList<>();
    String remoteClientId, remoteUserName, remotePassword, localClientId, localUserName, localPassword;
    String notificationTopic, bindAddress, protocolVersion = "mqttv311", startType = "automatic", reloadType = "lazy";
    boolean cleanSession, notifications = true, notificationsLocalOnly, roundRobin, tryPrivate = true, attemptUnsubscribe = true, outgoingRetain = true;
    Boolean localCleanSession;
    int keepAlive = 60, idleTimeout = 60, threshold = 10, maxTopicAlias = 10, receiveMaximum, tcpUserTimeout;
    int[] restart = {5, 30, 0}, tcpKeepAlive;
    long maxPacketSize, sessionExpiry;
    String caFile, caPath, certFile, keyFile, tlsVersion, alpn;
    List<String> tls12Suites, tls13Suites;
    boolean insecure, systemRoots;

    BridgeDraft(String name, String where) {
        this.name = name;
        this.where = where;
    }

    /** Acts on a key of a bridge; false where it is none. {@code bridge} is null where no section has begun. */
    static boolean take(ConfigReader in, BridgeDraft bridge) throws ConfigException {
        BridgeDraft b = bridge == null ? new BridgeDraft("", "") : bridge;
        switch (in.key) {
            case "address", "addresses" -> b.addresses.addAll(Values.words(in.text()));
            case "topic" -> b.topics.add(topic(in));
            case "clientid", "remote_clientid" -> b.remoteClientId = in.text(b.remoteClientId);
            case "username", "remote_username" -> b.remoteUserName = in.text(b.remoteUserName);
            case "password", "remote_password" -> b.remotePassword = in.text(b.remotePassword);
            case "local_clientid" -> b.localClientId = in.text(b.localClientId);
            case "local_username" -> b.localUserName = in.text(b.localUserName);
            case "local_password" -> b.localPassword = in.text(b.localPassword);
            case "cleansession" -> b.cleanSession = in.bool();
            case "local_cleansession" -> b.localCleanSession = in.bool();
            case "keepalive_interval" -> b.keepAlive = in.integer(5, 65535);
            case "idle_timeout" -> b.idleTimeout = in.integer(1, Integer.MAX_VALUE);
            case "threshold" -> b.threshold = in.integer(1, Integer.MAX_VALUE);
            case "notifications" -> b.notifications = in.bool();
            case "notifications_local_only" -> b.notificationsLocalOnly = in.bool();
            case "notification_topic" -> b.notificationTopic = in.text(b.notificationTopic);
            case "restart_timeout" -> b.restart = numbers(in, 1, 3);
            case "round_robin" -> b.roundRobin = in.bool();
            case "start_type" -> b.startType = in.choice("automatic", "lazy", "once");
            case "try_private" -> b.tryPrivate = in.bool();
            case "bridge_attempt_unsubscribe" -> b.attemptUnsubscribe = in.bool();
            case "bridge_bind_address" -> b.bindAddress = in.text(b.bindAddress);
            case "bridge_max_packet_size" -> b.maxPacketSize = in.number(0, 268_435_460);
            case "bridge_max_topic_alias" -> b.maxTopicAlias = in.integer(0, 65535);
            case "bridge_outgoing_retain" -> b.outgoingRetain = in.bool();
            case "bridge_protocol_version" -> b.protocolVersion = in.choice("mqttv31", "mqttv311", "mqttv50");
            case "bridge_receive_maximum" -> b.receiveMaximum = in.integer(1, 65535);
            case "bridge_reload_type" -> b.reloadType = in.choice("lazy", "immediate");
            case "bridge_session_expiry_interval" -> b.sessionExpiry = in.value.equals("0xFFFFFFFF") ? 0xFFFF_FFFFL : in.number(0, 0xFFFF_FFFFL);
            case "bridge_tcp_keepalive" -> b.tcpKeepAlive = numbers(in, 3, 3);
            case "bridge_tcp_user_timeout" -> b.tcpUserTimeout = in.integer(0, Integer.MAX_VALUE);
            case "bridge_cafile" -> b.caFile = in.text(b.caFile);
            case "bridge_capath" -> b.caPath = in.text(b.caPath);
            case "bridge_certfile" -> b.certFile = in.text(b.certFile);
            case "bridge_keyfile" -> b.keyFile = in.text(b.keyFile);
            case "bridge_insecure" -> b.insecure = in.bool();
            case "bridge_tls_use_os_certs" -> b.systemRoots = in.bool();
            case "bridge_tls_version" -> b.tlsVersion = in.choice("tlsv1.2", "tlsv1.3");
            case "bridge_alpn" -> b.alpn = in.text(b.alpn);
            case "bridge_ciphers" -> b.tls12Suites = ConfigParser.suites(in, true);
            case "bridge_ciphers_tls1.3" -> b.tls13Suites = ConfigParser.suites(in, false);
            case "bridge_identity", "bridge_psk", "bridge_require_ocsp", "bridge_mptcp" -> throw in.error("'" + in.key + "' is not supported; remove the line.");
            default -> {
                return false;
            }
        }
        if (bridge == null) throw in.error("The '" + in.key + "' option requires a bridge to be defined first: put it after a 'connection NAME' line.");
        return true;
    }

    /** pattern [[[out|in|both] qos] local-prefix remote-prefix] */
    private static String[] topic(ConfigReader in) throws ConfigException {
        List<String> words = Values.words(in.text());
        if (words.size() > 5) throw in.invalid("PATTERN [out|in|both [QOS [LOCAL-PREFIX REMOTE-PREFIX]]]");
        String direction = words.size() > 1 ? words.get(1) : "out", qos = words.size() > 2 ? words.get(2) : "0";
        if (!List.of("out", "in", "both").contains(direction)) throw in.error("Invalid bridge topic direction '" + direction + "': it must be out, in or both.");
        if (!List.of("0", "1", "2").contains(qos)) throw in.error("Invalid bridge QoS level '" + qos + "': it must be 0, 1 or 2.");
        String local = words.size() > 3 ? words.get(3) : "", remote = words.size() > 4 ? words.get(4) : "";
        if (words.get(0).isEmpty() && (local.isEmpty() || remote.isEmpty())) {
            throw in.error("Invalid bridge remapping: an empty pattern needs a local and a remote prefix.");
        }
        return new String[] {words.get(0), direction, qos, local, remote};
    }

    private static int[] numbers(ConfigReader in, int min, int max) throws ConfigException {
        List<String> words = Values.words(in.text());
        int[] numbers = new int[words.size()];
        boolean fine = numbers.length >= min && numbers.length <= max;
        for (int i = 0; fine && i < numbers.length; i++) {
            long number = Values.number(words.get(i));
            fine = number >= 1 && number <= Integer.MAX_VALUE;
            numbers[i] = (int) number;
        }
        if (!fine) throw in.invalid(min == max ? min + " numbers of seconds" : min + " to " + max + " numbers of seconds");
        return numbers;
    }
}
