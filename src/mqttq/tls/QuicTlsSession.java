package mqttq.tls;

import java.security.Principal;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSessionContext;

/** What one handshake agreed on, in the form that key managers, trust managers and applications know. */
final class QuicTlsSession extends ExtendedSSLSession {
    private static final String[] NONE = {};

    private final String host;
    private final int port;
    private final long createdMillis;
    CipherSuite suite;
    X509Certificate[] peerChain, localChain;
    List<SNIServerName> requestedServerNames = List.of();
    String[] localSchemes = NONE, peerSchemes = NONE;

    QuicTlsSession(String host, int port, long createdMillis) {
        this.host = host;
        this.port = port;
        this.createdMillis = createdMillis;
    }

    @Override public String getProtocol() { return "TLSv1.3"; }
    @Override public String getCipherSuite() { return suite == null ? "SSL_NULL_WITH_NULL_NULL" : suite.name(); }
    @Override public String getPeerHost() { return host; }
    @Override public int getPeerPort() { return port; }

    @Override public Certificate[] getPeerCertificates() throws SSLPeerUnverifiedException {
        if (peerChain == null) throw new SSLPeerUnverifiedException("no certificate");
        return peerChain.clone();
    }

    @Override public Principal getPeerPrincipal() throws SSLPeerUnverifiedException {
        if (peerChain == null) throw new SSLPeerUnverifiedException("no certificate");
        return peerChain[0].getSubjectX500Principal();
    }

    @Override public Certificate[] getLocalCertificates() { return localChain == null ? null : localChain.clone(); }
    @Override public Principal getLocalPrincipal() { return localChain == null ? null : localChain[0].getSubjectX500Principal(); }
    @Override public List<SNIServerName> getRequestedServerNames() { return requestedServerNames; }
    @Override public String[] getLocalSupportedSignatureAlgorithms() { return localSchemes.clone(); }
    @Override public String[] getPeerSupportedSignatureAlgorithms() { return peerSchemes.clone(); }

    /** No OCSP responses: status_request is never sent. The inherited method throws, which the JDK's trust manager does not expect. */
    @Override public List<byte[]> getStatusResponses() { return List.of(); }

    /** Drops what is of no use after the handshake. */
    void shed() {
        localSchemes = NONE;
        peerSchemes = NONE;
    }

    @Override public byte[] getId() { return new byte[0]; }
    @Override public SSLSessionContext getSessionContext() { return null; }
    @Override public long getCreationTime() { return createdMillis; }
    @Override public long getLastAccessedTime() { return createdMillis; }
    @Override public void invalidate() { }
    @Override public boolean isValid() { return true; }
    @Override public void putValue(String name, Object value) { }
    @Override public Object getValue(String name) { return null; }
    @Override public void removeValue(String name) { }
    @Override public String[] getValueNames() { return NONE; }
    @Override public int getPacketBufferSize() { return 0; }
    @Override public int getApplicationBufferSize() { return 0; }
}
