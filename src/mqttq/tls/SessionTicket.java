package mqttq.tls;

import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.zip.CRC32C;

/**
 * A ticket that a server gave to a client, with all that the client must remember to resume and to send early data (RFC 9001 §4.5).
 * Immutable; opaque bytes outside. Use each only once (RFC 9846 appendix C.4). Holds secrets: keep files of it private.
 */
public final class SessionTicket {
    private static final int VERSION = 1;

    final CipherSuite suite;
    final byte[] identity, psk;
    final long receivedAt, ageAdd;
    final String host;
    /** The server's, to be checked anew against the trust of the day. */
    final X509Certificate[] chain;
    private final int lifetimeSeconds;
    private final boolean earlyData;
    private final String protocol;
    private final byte[] transportParameters;

    SessionTicket(CipherSuite suite, byte[] identity, byte[] psk, long receivedAt, int lifetimeSeconds, long ageAdd, boolean earlyData,
        String host,
                  String protocol, byte[] transportParameters, X509Certificate[] chain) {
        this.suite = suite;
        this.identity = identity;
        this.psk = psk;
        this.receivedAt = receivedAt;
        this.lifetimeSeconds = lifetimeSeconds;
        this.ageAdd = ageAdd;
        this.earlyData = earlyData;
        this.host = host;
        this.protocol = protocol;
        this.transportParameters = transportParameters;
        this.chain = chain;
    }

    /** For a file; read by {@link #decode}. */
    public byte[] encode() {
        try {
            TlsWriter out = new TlsWriter(2048).u8(VERSION).u16(suite.id).u64(receivedAt).u32(lifetimeSeconds).u32(ageAdd)
                .u8(earlyData ? 1 : 0);
            out.vector(2, identity).vector(1, psk).ascii(1, host).ascii(1, protocol).vector(2, transportParameters);
            Certificates.write(out, chain);
            return out.u32(checksum(out.buf, out.length)).toArray();
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The ticket in these bytes, or null where they are none of ours or damaged. */
    public static SessionTicket decode(byte[] bytes) {
        try {
            int length = Math.max(0, bytes.length - 4);
            if (new TlsReader(bytes, length, bytes.length).u32() != checksum(bytes, length)) return null;
            TlsReader in = new TlsReader(bytes, 0, length);
            if (in.u8() != VERSION) return null;
            CipherSuite suite = CipherSuite.of(in.u16());
            long receivedAt = in.u64();
            int lifetime = (int) in.u32();
            long ageAdd = in.u32();
            boolean earlyData = in.u8() == 1;
            byte[] identity = in.vector(2, 1).rest(), psk = in.vector(1, 1).rest();
            String host = new String(in.vector(1, 1).rest(), StandardCharsets.US_ASCII);
            String protocol = new String(in.vector(1, 1).rest(), StandardCharsets.US_ASCII);
            byte[] transportParameters = in.vector(2, 0).rest();
            X509Certificate[] chain = Certificates.read(bytes, in, 0);
            in.end();
            return suite == null || psk.length != suite.hashLength || chain.length == 0 ? null
                : new SessionTicket(suite, identity, psk, receivedAt, lifetime, ageAdd, earlyData, host, protocol, transportParameters,
                    chain);
        } catch (TlsAlertException e) {
            return null;
        }
    }

    private static long checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return crc.getValue();
    }

    /** The server's transport parameters of the connection that gave this ticket, raw, for 0-RTT limits (RFC 9000 §7.4.1). */
    public byte[] transportParameters() { return transportParameters.clone(); }

    /** Whether the server takes 0-RTT with it. */
    public boolean earlyData() { return earlyData; }

    /** The ALPN name of that connection. */
    public String applicationProtocol() { return protocol; }

    /** Wall-clock milliseconds since 1970 after which it is of no use. */
    public long expiresAtMillis() { return receivedAt + Math.min(lifetimeSeconds, TlsLimits.TICKET_LIFETIME_SECONDS) * 1000L; }
}
