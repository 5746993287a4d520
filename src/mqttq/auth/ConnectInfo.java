package mqttq.auth;

import java.net.InetAddress;
import java.security.cert.X509Certificate;

/**
 * What a CONNECT and its transport say about who the client is.
 * @param clientId the identifier as the client sent it, or as the broker assigned it
 * @param userName null where CONNECT has none
 * @param password null where CONNECT has none; not copied, not changed
 * @param address the peer's address; null for a Unix-domain socket
 * @param certificate the client's own, verified by the TLS handshake; null without one
 */
public record ConnectInfo(String clientId, String userName, byte[] password, InetAddress address, X509Certificate certificate) {
}
