package mqttq.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import mqttq.config.ListenerSettings.Family;
import mqttq.config.ListenerSettings.UserNameSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigParserTest {
    @TempDir
    Path dir;

    private static StartOptions options(String file, int port, String... listen) {
        return new StartOptions(file, port < 0 ? List.of() : List.of(port), false, false, null, List.of(listen), "/data", false);
    }

    private ServerSettings parse(String text) throws ConfigException {
        return parse(text, -1);
    }

    private ServerSettings parse(String text, int port, String... listen) throws ConfigException {
        return ServerSettings.load(options(write("c", text), port, listen));
    }

    private String write(String name, String text) {
        try {
            return Files.write(dir.resolve(name), text.getBytes(StandardCharsets.UTF_8)).toString();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private String error(String text) {
        String message = assertThrows(ConfigException.class, () -> parse(text)).getMessage();
        assertFalse(message.contains("\n"));
        return message.replace(dir + "/", "");
    }

    private static List<String> addresses(ServerSettings settings) {
        List<String> list = new ArrayList<>();
        for (ListenerSettings l : settings.listeners()) list.add(l.transport() + " " + l.host() + " " + l.port());
        return list;
    }

    @Test
    void withoutListenersItIsLocalOnly() throws ConfigException {
        ServerSettings settings = ServerSettings.load(options(null, -1));
        assertTrue(settings.localOnly() && settings.persistence().enabled());
        assertEquals(List.of("quic 127.0.0.1 14567", "tcp 127.0.0.1 1883", "quic ::1 14567", "tcp ::1 1883"), addresses(settings));
        for (ListenerSettings l : settings.listeners()) assertTrue(l.allowAnonymous() && l.mayFail() == l.host().equals("::1"));
        assertEquals("/data", settings.dataDirectory());
        assertEquals("/data/journal", settings.persistence().directory());
        assertEquals(List.of("quic 127.0.0.1 0", "tcp 127.0.0.1 0", "quic ::1 0", "tcp ::1 0"), addresses(ServerSettings.load(options(null, 0))));
        assertTrue(parse("sys_interval 5").localOnly());
        assertFalse(parse("allow_anonymous false").listeners().get(0).allowAnonymous());
        assertFalse(parse("sys_interval 5").persistence().enabled());
    }

    @Test
    void defaultsAreMosquittos() throws ConfigException {
        ServerSettings s = parse("listener 1883");
        assertEquals("-2 -2 500 -2 100000 false true 20 0 1000 0 false 0 16777216 2000000 100000 0 0 10 0 true 10 100000 -2 20000 true true true 201 10000 8388608 false 10 true",
            values(s.broker()));
        assertEquals(new LogSettings(false, true, false, null, 0b1111, true, null), s.log());
        assertEquals(new QuicSettings(false, 120, 16, true, "cubic", null, List.of()), s.quic());
        assertEquals(new PersistenceSettings(false, "/data/journal", PersistenceSettings.Sync.ALWAYS, 1800, false), s.persistence());
        assertEquals(new ListenerSettings("tcp", null, 1883, null, null, Family.ANY, false, -1, 2, 10, 10, 0b111000, false, true, "auto-", false,
            UserNameSource.CONNECT, null, 4096, List.of(), null, new SecuritySettings(null, null, null), dir + "/c:1"), s.listeners().get(0));
        assertFalse(s.localOnly());
    }

    @Test
    void listenersOfOneFile() throws ConfigException {
        ServerSettings s = parse("""
            # a comment
              # an indented one
            listener 1883
            listener 8883 192.168.1.1
            cafile ca.pem
            certfile cert.pem
            keyfile key.pem
            crlfile crl.pem
            require_certificate true
            use_identity_as_username true
            tls_version tlsv1.3
            ciphers_tls1.3 TLS_AES_128_GCM_SHA256
            max_connections 10
            listener\t8083 ::1
            protocol websockets
            websockets_origin http://a
            websockets_origin http://b
            socket_domain ipv6
            max_qos 1
            max_topic_alias 0
            max_topic_alias_broker 65535
            mount_point house/
            accept_protocol_versions 3, 5
            use_username_as_clientid true
            listener_allow_anonymous true
            listener_auto_id_prefix mine-
            websockets_headers_size 8000
            listener 0 /run/m.sock
            listener 0 m.sock
            listener 14567 example.org
            protocol quic
            bind_interface lo
            """);
        assertEquals(List.of("tcp null 1883", "tls 192.168.1.1 8883", "ws ::1 8083", "tcp null 0", "tcp null 0", "quic example.org 14567"), addresses(s));
        ListenerSettings tls = s.listeners().get(1), ws = s.listeners().get(2), quic = s.listeners().get(5);
        assertEquals(new TlsSettings("ca.pem", null, "cert.pem", "key.pem", "crl.pem", true, false, "TLSv1.3", null, List.of("TLS_AES_128_GCM_SHA256")), tls.tls());
        assertEquals(UserNameSource.COMMON_NAME, tls.identity());
        assertEquals(10, tls.maxConnections());
        assertEquals(List.of("http://a", "http://b"), ws.origins());
        assertEquals(Family.IPV6, ws.family());
        assertEquals("1 0 65535 40 true true mine- house/ 8000", ws.maxQos() + " " + ws.maxTopicAlias() + " " + ws.maxTopicAliasBroker() + " " + ws.protocolVersions()
            + " " + ws.useUserNameAsClientId() + " " + ws.allowAnonymous() + " " + ws.autoIdPrefix() + " " + ws.mountPoint() + " " + ws.headerSize());
        assertEquals("/run/m.sock", s.listeners().get(3).unixPath());
        assertEquals("m.sock", s.listeners().get(4).unixPath());
        assertEquals("lo", quic.bindInterface());
        assertEquals(new TlsSettings(null, null, null, null, null, false, false, "TLSv1.3", null, null), quic.tls());
        assertFalse(quic.allowAnonymous());
    }

    @Test
    void theDefaultListenerIsDeprecated() throws ConfigException {
        assertEquals(10, parse("max_connections 10\n").listeners().get(0).maxConnections());
        assertEquals(10, parse("max_connections 10\nport 1884\n").listeners().get(0).maxConnections());
        ServerSettings s = parse("bind_address 127.0.0.1\nport 1999\nmax_connections 3\nlistener 2000 127.0.0.1\n");
        assertEquals(List.of("tcp 127.0.0.1 1999", "tcp 127.0.0.1 2000"), addresses(s));
        assertEquals(3, s.listeners().get(0).maxConnections());
        assertEquals(2, s.warnings().size());
        assertTrue(s.warnings().get(1).endsWith("c:2: 'port' is deprecated: use 'listener' instead."), s.warnings().get(1));
    }

    @Test
    void accessIsSharedOrPerListener() throws ConfigException {
        ServerSettings shared = parse("listener 1\nallow_anonymous true\nlistener 2\npassword_file p\nacl_file a\nclientid_prefixes x\nauto_id_prefix q\n");
        assertSame(shared.listeners().get(0).security(), shared.listeners().get(1).security());
        assertEquals(new SecuritySettings("p", "a", "x"), shared.listeners().get(0).security());
        assertTrue(shared.listeners().get(1).allowAnonymous() && shared.listeners().get(0).autoIdPrefix().equals("q"));

        ServerSettings own = parse("per_listener_settings true\nlistener 1\nallow_anonymous true\nallow_zero_length_clientid false\nlistener 2\npassword_file p\n");
        assertNull(own.listeners().get(0).security().passwordFile());
        assertEquals("p", own.listeners().get(1).security().passwordFile());
        assertTrue(own.broker().ownAccess && !shared.broker().ownAccess);
        assertTrue(own.listeners().get(0).allowAnonymous() && !own.listeners().get(1).allowAnonymous());
        assertTrue(!own.listeners().get(0).allowZeroLengthClientId() && own.listeners().get(1).allowZeroLengthClientId());
    }

    /** The fields' values in their order. */
    private static String values(BrokerSettings settings) {
        StringBuilder text = new StringBuilder();
        try {
            for (java.lang.reflect.Field field : BrokerSettings.class.getFields()) {
                if (!java.lang.reflect.Modifier.isStatic(field.getModifiers())) text.append(field.get(settings)).append(' ');
            }
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
        return text.toString().strip();
    }

    @Test
    void theRestOfTheKeys() throws ConfigException {
        ServerSettings s = parse("""
            check_retain_source false
            max_inflight_messages 0
            max_inflight_bytes 7
            max_queued_messages 8
            max_queued_bytes 9000000000
            queue_qos0_messages true
            max_keepalive 60
            max_packet_size 20
            message_size_limit 11
            memory_limit 12
            persistent_client_expiration 2w
            retain_available 0
            retain_expiry_interval 5
            upgrade_outgoing_qos 1
            sys_interval 0
            global_max_clients 13
            global_max_connections -1
            max_connections_per_address 14
            max_connect_rate 15
            max_handshakes 16
            max_connect_packet_size 170
            max_subscriptions 18
            max_topic_levels 19
            max_retained_messages 20
            max_retained_bytes 21
            max_retained_backlog 22
            max_subscription_bytes 23
            connect_timeout 24
            wildcard_subscriptions false
            shared_subscriptions false
            subscription_identifiers false
            set_tcp_nodelay true
            persistence true
            persistence_file my.db
            persistence_location /var/lib/m/
            persistence_sync always
            autosave_interval 5
            autosave_on_changes true
            log_dest stdout
            log_dest topic
            log_dest file /var/log/my log
            log_type error
            log_type subscribe
            log_timestamp false
            log_timestamp_format %Y-%m-%dT%H:%M:%S
            connection_messages false
            pid_file /run/p
            quic_retry true
            quic_idle_timeout 30
            quic_max_streams 5
            quic_early_data false
            quic_preferred_address 192.0.2.1:14567
            quic_preferred_address [2001:db8::1]:14568
            quic_congestion_control newreno
            quic_qlog_dir /q
            sslkeylogfile /k
            enable_control_api false
            allow_duplicate_messages true
            websockets_log_level 0
            log_facility 5
            retry_interval 20
            """);
        assertEquals("-1 14 15 16 13 false false 65535 7 8 9000000000 true 12 16777216 20 170 11 60 24 1209600 false 5 20 21 22 false false false 19 18 23 true 0 false",
            values(s.broker()));
        assertEquals(new PersistenceSettings(true, "/var/lib/m/my.db.journal", PersistenceSettings.Sync.ALWAYS, 5, true), s.persistence());
        assertEquals(new LogSettings(true, false, true, "/var/log/my log", 0b100001, false, "%Y-%m-%dT%H:%M:%S"), s.log());
        assertEquals(new QuicSettings(true, 30, 5, false, "newreno", "/q",
            List.of(new InetSocketAddress("192.0.2.1", 14567), new InetSocketAddress("2001:db8::1", 14568))), s.quic());
        assertEquals("/run/p", s.pidFile());
        assertEquals("/k", s.keyLogFile());
        assertEquals(4, s.warnings().size());
    }

    /** mosquitto.conf(5) of 2.1, and what 2.0 takes besides. */
    @Test
    void everyKeyOfTheManualIsKnown() {
        String keys = "acl_file allow_anonymous allow_duplicate_messages allow_zero_length_clientid auth_plugin_deny_special_chars auto_id_prefix autosave_interval autosave_on_changes "
            + "check_retain_source clientid_prefixes connection_messages enable_control_api global_max_clients global_max_connections global_plugin log_dest log_facility log_timestamp "
            + "log_timestamp_format log_type max_inflight_bytes max_inflight_messages max_keepalive max_packet_size max_queued_bytes max_queued_messages memory_limit message_size_limit "
            + "password_file per_listener_settings persistence persistence_file persistence_location persistent_client_expiration pid_file plugin plugin_opt_x auth_plugin auth_opt_x plugin_load "
            + "plugin_use psk_file queue_qos0_messages retain_available retain_expiry_interval set_tcp_nodelay sys_interval upgrade_outgoing_qos user accept_protocol_versions bind_address "
            + "bind_interface enable_proxy_protocol http_dir listener listener_allow_anonymous listener_auto_id_prefix max_connections max_qos max_topic_alias max_topic_alias_broker mount_point "
            + "port protocol proxy_protocol_v2_require_tls socket_domain use_username_as_clientid packet_buffer_size websockets_headers_size websockets_log_level websockets_origin cafile capath "
            + "certfile ciphers ciphers_tls1.3 crlfile dhparamfile disable_client_cert_date_checks keyfile require_certificate tls_engine tls_engine_kpass_sha1 tls_keyform tls_version "
            + "use_identity_as_username use_subject_as_username psk_hint address addresses bridge_attempt_unsubscribe bridge_bind_address bridge_max_packet_size bridge_max_topic_alias "
            + "bridge_outgoing_retain bridge_protocol_version bridge_receive_maximum bridge_session_expiry_interval bridge_tcp_keepalive bridge_tcp_user_timeout cleansession local_cleansession "
            + "connection keepalive_interval idle_timeout local_clientid local_password local_username notifications notifications_local_only notification_topic remote_clientid remote_password "
            + "remote_username restart_timeout round_robin start_type threshold topic try_private bridge_alpn bridge_cafile bridge_capath bridge_certfile bridge_ciphers bridge_insecure "
            + "bridge_keyfile bridge_require_ocsp bridge_tls_version bridge_identity bridge_psk maximum_qos retry_interval store_clean_interval trace_level clientid username password";
        for (String key : keys.split(" ")) {
            for (String value : new String[] {"", " true", " 1", " x"}) {
                try {
                    parse("listener 1\n" + key + value + "\n");
                } catch (ConfigException e) {
                    assertFalse(e.getMessage().contains("Unknown configuration"), key);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "unknown_option unknown              | c:1: Unknown configuration variable 'unknown_option'; see mosquitto.conf(5).",
        "pid_file                            | c:1: Empty 'pid_file' value in configuration.",
        "pid_file a;pid_file a               | c:2: Duplicate 'pid_file' value in configuration.",
        "memory_limit                        | c:1: Empty 'memory_limit' value in configuration.",
        "memory_limit -1                     | c:1: Invalid 'memory_limit' value (-1): it must be a number of at least 0.",
        "allow_anonymous falst               | c:1: Invalid 'allow_anonymous' value (falst): it must be true or false.",
        "#;;max_keepalive 65536              | c:3: Invalid 'max_keepalive' value (65536): it must be a number between 0 and 65535.",
        "sys_interval 1x                     | c:1: Invalid 'sys_interval' value (1x): it must be a number between 0 and 65535.",
        "max_packet_size 19                  | c:1: Invalid 'max_packet_size' value (19): it must be a number between 20 and 268435460.",
        "persistent_client_expiration 5      | c:1: Invalid 'persistent_client_expiration' value (5): it must be a number followed by s, h, d, w, m or y (seconds, hours, days, weeks, months, years).",
        "accept_protocol_versions 3          | c:1: The 'accept_protocol_versions' option requires a listener to be defined first: put it after a 'listener PORT' line.",
        "mount_point test/                   | c:1: The 'mount_point' option requires a listener to be defined first: put it after a 'listener PORT' line.",
        "listener                            | c:1: Empty 'listener port' value in configuration.",
        "listener 70000                      | c:1: Invalid 'listener' port (70000): it must be between 0 and 65535.",
        "listener 1;mount_point a/+/         | c:2: Invalid 'mount_point' value (a/+/). Does it contain a wildcard character?",
        "listener 1;protocol test            | c:2: Invalid 'protocol' value (test): it must be one of mqtt, websockets, quic.",
        "listener 1;protocol http_api        | c:2: 'protocol http_api' is not supported: there is no HTTP API.",
        "listener 1;accept_protocol_versions 6 | c:2: Invalid 'accept_protocol_versions' value (6): it must be a list of 3, 4 and 5, separated by commas.",
        "listener 1;max_qos 3                | c:2: Invalid 'max_qos' value (3): it must be a number between 0 and 2.",
        "listener 1;max_topic_alias 65536    | c:2: Invalid 'max_topic_alias' value (65536): it must be a number between 0 and 65535.",
        "listener 1;certfile a               | c:1: Both certfile and keyfile must be provided to enable a TLS listener.",
        "listener 1;cafile a                 | c:1: 'cafile' needs certfile and keyfile, which enable TLS.",
        "listener 1;protocol quic;require_certificate true | c:1: 'require_certificate true' needs cafile or capath, to check client certificates with.",
        "listener 1;protocol quic;ciphers ALL | c:1: 'ciphers' is for TLS 1.2, and QUIC has TLS 1.3 only; use ciphers_tls1.3.",
        "listener 0 /s;protocol quic         | c:1: a quic listener cannot use a Unix-domain socket; give it a port.",
        "listener 1;ciphers RC4-MD5          | c:2: Invalid 'ciphers' value (RC4-MD5): 'RC4-MD5' is unknown, or the JDK does not have it.",
        "listener 1;websockets_origin a      | c:1: 'websockets_origin' needs 'protocol websockets'.",
        "listener 1;per_listener_settings true | c:2: 'per_listener_settings' must come before the first listener and the first access setting.",
        "clientid_prefixes a;listener 1;use_username_as_clientid true | c:2: 'use_username_as_clientid' and 'clientid_prefixes' cannot be used together; remove one.",
        "log_dest syslog                     | c:1: 'log_dest syslog' is not supported: Java cannot reach the syslog socket; use 'log_dest stderr' under systemd, or 'log_dest file PATH'.",
        "log_type debugs                     | c:1: Invalid 'log_type' value (debugs): it must be one of error, warning, notice, information, debug, subscribe, unsubscribe, websockets, none, all.",
        "plugin x.so                         | c:1: 'plugin' is not supported: plugins are written in C; password_file and acl_file, or client certificates, do without.",
        "plugin_opt_x y                      | c:1: 'plugin_opt_x' is not supported: plugins are written in C; remove the line.",
        "listener 1;psk_hint h               | c:2: 'psk_hint' is not supported: pre-shared keys are left out; use certfile and keyfile.",
        "listener 1;http_dir /d              | c:2: 'http_dir' is not supported: files are not served; use a web server.",
        "enable_control_api true             | c:1: 'enable_control_api' is not supported: there is no $CONTROL/broker API.",
        "bridge_insecure true                | c:1: 'bridge_insecure' is not supported: there are no bridges yet; remove the section.",
        "#;connection b;address h            | c:2: 'connection b' is not supported: there are no bridges yet; remove the section.",
        "quic_congestion_control reno        | c:1: Invalid 'quic_congestion_control' value (reno): it must be one of newreno, cubic.",
        "quic_preferred_address pi1:14567    | c:1: Invalid 'quic_preferred_address' value (pi1:14567): it must be ADDRESS:PORT, at most one of IPv4 and one of IPv6.",
        "quic_congestion_control bbr         | c:1: 'quic_congestion_control bbr' is not supported: use newreno or cubic.",
        "persistence_sync sometimes          | c:1: Invalid 'persistence_sync' value (sometimes): it must be one of always, interval, never.",
        "include_dir /nowhere                | c:1: Unable to open include_dir '/nowhere': No such file or directory.",
    })
    void everyMistakeIsOneLine(String text, String line) {
        assertEquals(line, error(text.replace(';', '\n')));
    }

    @Test
    void includedFilesComeInMosquittosOrder() throws Exception {
        Path conf = Files.createDirectory(dir.resolve("conf.d"));
        for (String name : List.of("b.conf", "A.conf", "01.conf", "a.conf", "B.conf", "00.conf")) Files.writeString(conf.resolve(name), "listener 1 " + name + "\n");
        Files.writeString(conf.resolve("README"), "not a config file\n");
        ServerSettings s = parse("listener 2\ninclude_dir " + conf + "\n");
        assertEquals(List.of("tcp null 2", "tcp 00.conf 1", "tcp 01.conf 1", "tcp A.conf 1", "tcp a.conf 1", "tcp B.conf 1", "tcp b.conf 1"), addresses(s));

        Files.writeString(conf.resolve("a.conf"), "\ninclude_dir x\n");
        assertEquals("conf.d/a.conf:2: 'include_dir' may stand in the main configuration file only.", error("include_dir " + conf));
    }

    @Test
    void debiansPackagedFileParses() throws Exception {
        Path conf = Files.createDirectory(dir.resolve("conf.d"));
        Files.writeString(conf.resolve("local.conf"), "listener 1883\nallow_anonymous true\n");
        ServerSettings s = parse("""
            # Place your local configuration in /etc/mosquitto/conf.d/
            #
            # A full description of the configuration file is at
            # /usr/share/doc/mosquitto/examples/mosquitto.conf.example

            pid_file /run/mosquitto/mosquitto.pid

            persistence true
            persistence_location /var/lib/mosquitto/

            log_dest file /var/log/mosquitto/mosquitto.log

            include_dir %s
            """.formatted(conf));
        assertEquals("/var/lib/mosquitto/journal", s.persistence().directory());
        assertEquals("/var/log/mosquitto/mosquitto.log", s.log().file());
        assertFalse(s.log().stderr());
        assertTrue(s.listeners().get(0).allowAnonymous());
        assertEquals(List.of(), s.warnings());
    }

    @Test
    void theCommandLineAddsListeners() throws ConfigException {
        ServerSettings s = parse("listener 1\n", 9, "quic://0.0.0.0:14567", "ws://[::]:0", "mqtts://127.0.0.1");
        assertEquals(List.of("tcp null 1", "quic 0.0.0.0 14567", "ws :: 0", "tls 127.0.0.1 8883"), addresses(s));
        assertFalse(s.listeners().get(1).allowAnonymous());
        assertEquals(List.of("Warning: -p 9 is ignored, since listeners are configured."), s.warnings());
        assertTrue(ServerSettings.load(new StartOptions(null, List.of(), true, false, null, List.of("mqtt://127.0.0.1"), null, true)).listeners().get(0).allowAnonymous());
        assertEquals("--listen mqtt://u@h: an address to listen on has no user and no topic; write tcp://HOST:PORT.",
            assertThrows(ConfigException.class, () -> parse("", -1, "mqtt://u@h")).getMessage());
    }

    @Test
    void filesThatCannotBeReadAreNamed() throws Exception {
        assertEquals("Unable to open config file /nowhere/x: No such file or directory.",
            assertThrows(ConfigException.class, () -> ServerSettings.load(options("/nowhere/x", -1))).getMessage());
        Path latin = Files.write(dir.resolve("latin"), new byte[] {'u', (byte) 0xe4});
        assertEquals("Unable to read config file " + latin + ": it is not UTF-8 text.",
            assertThrows(ConfigException.class, () -> ServerSettings.load(options(latin.toString(), -1))).getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\r\n", "\n"})
    void windowsLineEndsAndBlanksAreFine(String end) throws ConfigException {
        assertEquals("/p q", parse("\ufeff  pid_file   /p q  " + end + end + "user root" + end).pidFile());
    }

    @Test
    void anyTextParsesOrIsOneErrorLine() {
        Random random = new Random(2);
        String[] words = {"listener", "1883", "0", "protocol", "quic", "true", "-1", "connection", "topic", "\"", "#", "restart_timeout", "log_dest", "file", "port",
            "accept_protocol_versions", ",", "ciphers", ":", "ALL", "!", "persistent_client_expiration", "5m", "999999999999999999999", "address", "max_qos", "\n", "\n", "\t", "ü"};
        for (int i = 0; i < 3000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(30); n > 0; n--) text.append(words[random.nextInt(words.length)]).append(random.nextInt(4) == 0 ? "" : " ");
            try {
                parse(text.toString());
            } catch (ConfigException e) {
                assertFalse(e.getMessage().contains("\n"));
            }
        }
    }
}
