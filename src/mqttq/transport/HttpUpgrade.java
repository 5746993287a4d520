package mqttq.transport;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The HTTP that WebSocket begins with (RFC 6455 §4): one request, one response, no bodies. */
final class HttpUpgrade {
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /** What a message says; names in lower case, values of repeated fields joined by commas (RFC 9110 §5.3). */
    private final String first;
    private final Map<String, String> fields = new LinkedHashMap<>();

    /** @throws IllegalArgumentException where this is no HTTP/1.1 head */
    private HttpUpgrade(String head) {
        String[] lines = head.split("\r\n", -1);
        first = lines[0];
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            // RFC 9112 §5.1, §5.2: no space before the colon, no folding.
            if (colon <= 0 || !token(lines[i].substring(0, colon))) throw new IllegalArgumentException("malformed header");
            fields.merge(lines[i].substring(0, colon).toLowerCase(Locale.ROOT), lines[i].substring(colon + 1).trim(), (a, b) -> a + ","
                + b);
        }
    }

    static String request(WebSocketSetup setup, String key) {
        return "GET " + setup.path() + " HTTP/1.1\r\nHost: " + setup.host()
            + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
            + key + "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";
    }

    /** The answer to a request's head (without its empty line): 101, or an error that ends the connection. */
    static String respond(String head, List<String> origins) {
        HttpUpgrade request;
        try {
            request = new HttpUpgrade(head);
        } catch (IllegalArgumentException e) {
            return error("400 Bad Request", "");
        }
        String[] line = request.first.split(" ", -1);
        if (line.length != 3 || !line[1].startsWith("/") && !line[1].startsWith("http://") && !line[1].startsWith("https://"))
            return error("400 Bad Request", "");
        if (!line[0].equals("GET")) return error("405 Method Not Allowed", "Allow: GET\r\n");
        if (!line[2].equals("HTTP/1.1") || request.field("host").isEmpty()) return error("400 Bad Request", "");
        if (!request.has("upgrade", "websocket") || !request.has("connection", "upgrade"))
            return error("426 Upgrade Required", "Upgrade: websocket\r\n");
        // RFC 6455 §4.4: the version we speak is told to those who ask for another.
        if (!request.field("sec-websocket-version").equals("13")) return error("426 Upgrade Required", "Sec-WebSocket-Version: 13\r\n");
        String key = request.field("sec-websocket-key");
        if (!keyed(key)) return error("400 Bad Request", "");
        String origin = request.field("origin");
        if (!origins.isEmpty() && !origin.isEmpty() && !origins.contains(origin)) return error("403 Forbidden", "");
        // [MQTT-6.0.0-3], [MQTT-6.0.0-4]; "mqttv3.1" is what clients of MQTT 3.1 say.
        String protocol = request.hasExactly("sec-websocket-protocol", "mqtt") ? "mqtt"
            : request.hasExactly("sec-websocket-protocol", "mqttv3.1") ? "mqttv3.1" : null;
        if (protocol == null) return error("400 Bad Request", "");
        return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept(key)
            + "\r\nSec-WebSocket-Protocol: " + protocol + "\r\n\r\n";
    }

    /** RFC 6455 §4.1, what a client must check: null where the server agreed, else what was wrong. */
    static String refusal(String head, String key) {
        HttpUpgrade response;
        try {
            response = new HttpUpgrade(head);
        } catch (IllegalArgumentException e) {
            return "malformed HTTP response";
        }
        if (!response.first.startsWith("HTTP/1.1 101")) {
            String line = response.first.length() > TransportLimits.REASON ? response.first.substring(0, TransportLimits.REASON)
                : response.first;
            return "WebSocket refused: " + line;
        }
        if (!response.has("upgrade", "websocket") || !response.has("connection", "upgrade")) return "WebSocket refused: no upgrade";
        if (!response.field("sec-websocket-accept").equals(accept(key))) return "WebSocket refused: wrong Sec-WebSocket-Accept";
        if (!response.field("sec-websocket-extensions").isEmpty()) return "WebSocket refused: an extension nobody asked for";
        if (!response.field("sec-websocket-protocol").equals("mqtt")) return "WebSocket refused: no subprotocol mqtt";
        return null;
    }

    static boolean accepted(String response) { return response.startsWith("HTTP/1.1 101"); }

    static String accept(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String error(String status, String fields) {
        return "HTTP/1.1 " + status + "\r\n" + fields + "Connection: close\r\nContent-Length: 0\r\n\r\n";
    }

    private String field(String name) {
        String value = fields.get(name);
        return value == null ? "" : value;
    }

    private boolean has(String name, String token) {
        for (String one : field(name).split(",")) if (one.trim().equalsIgnoreCase(token)) return true;
        return false;
    }

    private boolean hasExactly(String name, String token) {
        for (String one : field(name).split(",")) if (one.trim().equals(token)) return true;
        return false;
    }

    /** Sixteen bytes in Base64. */
    private static boolean keyed(String key) {
        if (key.length() != 24) return false;
        try {
            return Base64.getDecoder().decode(key).length == 16;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean token(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "!#$%&'*+-.^_`|~".indexOf(c) >= 0)) return false;
        }
        return true;
    }
}
