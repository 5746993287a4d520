package mqttq.transport;

import java.util.List;

/**
 * What a WebSocket client asks for, and what a server insists on.
 * @param host    the client's Host header, with the port unless it is the usual one; null for a server
 * @param path    what a client asks for; null: a server takes any
 * @param origins those a server lets browsers come from, empty: any (Origin is what a browser says of the page, RFC 6455 §10.2)
 */
public record WebSocketSetup(String host, String path, List<String> origins) {
    public static WebSocketSetup client(String host, String path) {
        for (int i = 0; i < host.length() + path.length(); i++) {
            char c = i < host.length() ? host.charAt(i) : path.charAt(i - host.length());
            if (c <= ' ' || c >= 127) throw new IllegalArgumentException("not possible in a WebSocket address: " + host + path);
        }
        return new WebSocketSetup(host, path.startsWith("/") ? path : "/" + path, List.of());
    }

    public static WebSocketSetup server(List<String> origins) { return new WebSocketSetup(null, null, List.copyOf(origins)); }
}
