package mqttq.client;

import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.X509ExtendedTrustManager;
import mqttq.client.core.ClientSettings;
import mqttq.loop.Loop;
import mqttq.tls.Identity;
import mqttq.tls.TlsConfig;
import mqttq.tls.Trust;
import mqttq.transport.QuicTransport;
import mqttq.transport.TcpTransport;
import mqttq.transport.TlsSetup;
import mqttq.transport.TlsTransport;
import mqttq.transport.Transport;
import mqttq.transport.TransportLimits;
import mqttq.transport.WebSocketSetup;
import mqttq.transport.WebSocketTransport;

/** Where a {@link MqttClient} connects to, whom it trusts there and who it is: what a URL and the builder say. */
final class BrokerAddress {
    private static final TransportLimits LIMITS = TransportLimits.DEFAULT;

    final String scheme, host, userName, password;
    final int port;
    private final String path;
    X509ExtendedTrustManager trust;
    boolean identify = true;
    Identity identity;

    BrokerAddress(String url) {
        URI uri = URI.create(url);
        scheme = uri.getScheme() == null ? "" : uri.getScheme().equals("mqtt-quic") ? "quic" : uri.getScheme();
        int usual = usualPort(scheme);
        if (usual < 0 || uri.getHost() == null) {
            throw new IllegalArgumentException("'" + url
                + "' is not quic://, mqtt-quic://, mqtt://, mqtts://, ws:// or wss:// with a host");
        }
        host = uri.getHost().startsWith("[") ? uri.getHost().substring(1, uri.getHost().length() - 1) : uri.getHost();
        port = uri.getPort() < 0 ? usual : uri.getPort();
        if (port < 1 || port > 65535) throw new IllegalArgumentException("port " + port);
        path = uri.getRawPath() == null || uri.getRawPath().length() < 2 ? "/mqtt" : uri.getRawPath();
        String[] user = uri.getRawUserInfo() == null ? new String[0] : uri.getRawUserInfo().split(":", 2);
        userName = user.length > 0 ? decode(user[0]) : null;
        password = user.length > 1 ? decode(user[1]) : null;
    }

    private static String decode(String text) { return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8); }

    private static int usualPort(String scheme) {
        return switch (scheme) {
            case "quic" -> 14567;
            case "mqtt" -> 1883;
            case "mqtts" -> 8883;
            case "ws" -> 8083;
            case "wss" -> 8084;
            default -> -1;
        };
    }

    void trust(Path pem) throws IOException { trust = Trust.ofPem(pem); }

    void trustAnybody() {
        trust = Trust.insecure();
        identify = false;
    }

    ClientSettings.Endpoint endpoint(Loop loop) {
        if (trust == null) trust = Trust.defaultRoots();
        Transport transport = switch (scheme) {
            case "quic" -> quic(loop);
            case "mqtt" -> new TcpTransport(LIMITS);
            case "mqtts" -> tls(loop, port);
            case "ws" -> webSocket(new TcpTransport(LIMITS), 80);
            default -> webSocket(tls(loop, port), 443);
        };
        return new ClientSettings.Endpoint(transport, host, port);
    }

    /** TLS on another port. */
    ClientSettings.Endpoint fallback(Loop loop, int tlsPort) { return new ClientSettings.Endpoint(tls(loop, tlsPort), host, tlsPort); }

    private Transport quic(Loop loop) {
        TlsConfig.Builder tls = TlsConfig.builder(loop.entropy(), loop::wallMillis).applicationProtocols("mqtt").trustManager(trust)
            .identifyEndpoint(identify);
        if (identity != null) tls.keyManager(identity);
        return QuicTransport.client(loop, tls.build(), host);
    }

    private Transport tls(Loop loop, int port) {
        return new TlsTransport(new TcpTransport(LIMITS), TlsSetup.client(identity, trust, loop.entropy(), host, port, identify,
            new SSLParameters()), LIMITS);
    }

    private Transport webSocket(Transport inner, int usual) {
        String name = host.indexOf(':') < 0 ? host : "[" + host + "]";
        return new WebSocketTransport(inner, WebSocketSetup.client(port == usual ? name : name + ":" + port, path), LIMITS);
    }
}
