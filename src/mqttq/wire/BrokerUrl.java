package mqttq.wire;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * {@code scheme://[user[:password]@]host[:port][/topic]}, with the schemes {@code quic}, {@code mqtt-quic}, {@code mqtt}, {@code mqtts},
 * {@code ws} and {@code wss}: what clients take with {@code -L} and the broker with {@code --listen}.
 * @param transport "quic", "tcp", "tls", "ws" or "wss"
 * @param userName null where there is none; as {@code password} with %XX decoded
 * @param host a name or an address; IPv6 without its brackets
 * @param port 0 to 65535
 * @param topic what follows the slash after the authority, as it stands; null where there is no slash
 */
public record BrokerUrl(String transport, String userName, String password, String host, int port, String topic) {
    /** @throws IllegalArgumentException whose message is one line for the user */
    public static BrokerUrl parse(String text) {
        int scheme = text.indexOf("://");
        String transport = scheme < 0 ? null : transportOfScheme(text.substring(0, scheme));
        if (transport == null) {
            throw new IllegalArgumentException("Unsupported URL '" + shown(text)
                + "': it must start with quic://, mqtt-quic://, mqtt://, mqtts://, ws:// or wss://.");
        }
        String rest = text.substring(scheme + 3), topic = null, userName = null, password = null;
        int slash = rest.indexOf('/');
        if (slash >= 0) {
            topic = rest.substring(slash + 1);
            rest = rest.substring(0, slash);
        }
        int at = rest.lastIndexOf('@');
        if (at >= 0) {
            int colon = rest.indexOf(':');
            boolean withPassword = colon >= 0 && colon < at;
            userName = decode(rest.substring(0, withPassword ? colon : at));
            if (withPassword) password = decode(rest.substring(colon + 1, at));
            rest = rest.substring(at + 1);
        }
        String host = rest, port = null;
        if (rest.startsWith("[")) {
            int end = rest.indexOf(']');
            if (end < 0) {
                throw new IllegalArgumentException("Invalid URL '" + shown(text) + "': the ']' after the IPv6 address is missing.");
            }
            host = rest.substring(1, end);
            rest = rest.substring(end + 1);
            if (rest.startsWith(":")) port = rest.substring(1);
            else if (!rest.isEmpty()) throw new IllegalArgumentException("Invalid URL '" + shown(text)
                + "': only ':PORT' may follow the ']'.");
        } else {
            int colon = rest.indexOf(':');
            if (colon != rest.lastIndexOf(':')) {
                throw new IllegalArgumentException("Invalid URL '" + shown(text) + "': put an IPv6 address in brackets, as [::1].");
            }
            if (colon >= 0) {
                host = rest.substring(0, colon);
                port = rest.substring(colon + 1);
            }
        }
        if (host.isEmpty()) throw new IllegalArgumentException("Invalid URL '" + shown(text) + "': the host is missing.");
        long number = port == null ? defaultPort(transport) : Values.number(port);
        if (number < 0 || number > 65535) {
            throw new IllegalArgumentException("Invalid URL '" + shown(text) + "': the port must be between 0 and 65535.");
        }
        return new BrokerUrl(transport, userName, password, host, (int) number, topic);
    }

    /** For messages: without its password. */
    public static String shown(String url) { return url.replaceFirst("^([^/]*//[^/@:]*:).*@", "$1***@"); }

    /** 14567 for quic, 1883 tcp, 8883 tls, 8083 ws, 8084 wss. */
    public static int defaultPort(String transport) {
        return switch (transport) {
            case "quic" -> 14567;
            case "tcp" -> 1883;
            case "tls" -> 8883;
            case "ws" -> 8083;
            case "wss" -> 8084;
            default -> throw new IllegalArgumentException("Unknown transport '" + transport + "': it must be quic, tcp, tls, ws or wss.");
        };
    }

    /** The transport that {@code -p PORT} means without {@code --transport}: that of a well-known port, else quic. */
    public static String transportOfPort(int port) {
        return switch (port) {
            case 1883 -> "tcp";
            case 8883 -> "tls";
            case 8083 -> "ws";
            case 8084 -> "wss";
            default -> "quic";
        };
    }

    /** The URL scheme of a transport, as the ready line shows it. */
    public static String scheme(String transport) {
        return switch (transport) {
            case "tcp" -> "mqtt";
            case "tls" -> "mqtts";
            default -> transport;
        };
    }

    private static String transportOfScheme(String scheme) {
        return switch (scheme) {
            case "quic", "mqtt-quic" -> "quic";
            case "mqtt" -> "tcp";
            case "mqtts" -> "tls";
            case "ws", "wss" -> scheme;
            default -> null;
        };
    }

    /** Decodes %XX; a % that is not followed by two hex digits stands for itself. */
    private static String decode(String text) {
        if (text.indexOf('%') < 0) return text;
        byte[] in = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream(in.length);
        for (int i = 0; i < in.length; i++) {
            int high = in[i] == '%' && i + 2 < in.length ? Character.digit(in[i + 1], 16) : -1;
            int low = high < 0 ? -1 : Character.digit(in[i + 2], 16);
            if (low < 0) {
                out.write(in[i]);
            } else {
                out.write(high << 4 | low);
                i += 2;
            }
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}
