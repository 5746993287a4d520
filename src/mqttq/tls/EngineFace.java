package mqttq.tls;

import java.nio.ByteBuffer;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLParameters;

/**
 * The part of {@code SSLEngine} that QUIC has no use for (there are no records to wrap) or that is fixed: TLS 1.3, its suites, no
 * renegotiation.
 */
abstract class EngineFace extends SSLEngine {
    private static final String[] PROTOCOLS = {"TLSv1.3"};

    EngineFace(String host, int port) { super(host, port); }
    @Override public SSLEngineResult wrap(ByteBuffer[] sources, int offset, int length, ByteBuffer target) { throw unsupported(); }
    @Override public SSLEngineResult unwrap(ByteBuffer source, ByteBuffer[] targets, int offset, int length) { throw unsupported(); }
    @Override public Runnable getDelegatedTask() { return null; }
    @Override public void beginHandshake() { throw unsupported(); }
    @Override public void closeInbound() { }
    @Override public void closeOutbound() { }
    @Override public boolean isInboundDone() { return false; }
    @Override public boolean isOutboundDone() { return false; }

    @Override public String[] getSupportedCipherSuites() { return names(List.of(CipherSuite.values())); }

    static String[] names(List<CipherSuite> suites) {
        String[] names = new String[suites.size()];
        for (int i = 0; i < names.length; i++) names[i] = suites.get(i).name();
        return names;
    }

    @Override public String[] getSupportedProtocols() { return PROTOCOLS.clone(); }
    @Override public String[] getEnabledProtocols() { return PROTOCOLS.clone(); }
    @Override public void setEnabledCipherSuites(String[] suites) { throw fixed(); }
    @Override public void setEnabledProtocols(String[] protocols) { throw fixed(); }
    @Override public void setUseClientMode(boolean mode) { throw fixed(); }
    @Override public void setNeedClientAuth(boolean need) { throw fixed(); }
    @Override public void setWantClientAuth(boolean want) { throw fixed(); }
    @Override public void setEnableSessionCreation(boolean flag) { throw fixed(); }
    @Override public boolean getEnableSessionCreation() { return true; }
    @Override public void setSSLParameters(SSLParameters parameters) { throw fixed(); }
    private static UnsupportedOperationException unsupported() { return new UnsupportedOperationException("QUIC has no TLS records"); }
    private static UnsupportedOperationException fixed() { return new UnsupportedOperationException("set in TlsConfig"); }
}
