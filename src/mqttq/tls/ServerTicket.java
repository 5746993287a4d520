package mqttq.tls;

import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;

/**
 * What a server seals into a ticket and so need not remember.
 *
 * @param id              16 random bytes
 * @param issuedAt        wall-clock milliseconds since 1970
 * @param authenticatedAt the same for the full handshake at the root of it
 * @param chain           the client's certificates, or null
 */
record ServerTicket(CipherSuite suite, byte[] id, long issuedAt, long authenticatedAt, long ageAdd, boolean earlyData, byte[] psk,
    String protocol,
                    byte[] applicationData, X509Certificate[] chain) {
    private static final int VERSION = 1;

    byte[] encode() {
        try {
            TlsWriter out = new TlsWriter(256).u8(VERSION).u16(suite.id).bytes(id).u64(issuedAt).u64(authenticatedAt).u32(ageAdd);
            out.u8(earlyData ? 1 : 0).vector(1, psk).ascii(1, protocol).vector(2, applicationData);
            Certificates.write(out, chain == null ? new X509Certificate[0] : chain);
            return out.toArray();
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException(e);
        }
    }

    static ServerTicket decode(byte[] plain) throws TlsAlertException {
        TlsReader in = new TlsReader(plain, 0, plain.length);
        if (in.u8() != VERSION) throw new TlsAlertException(Alert.DECODE_ERROR, "ticket of another version");
        CipherSuite suite = CipherSuite.of(in.u16());
        byte[] id = in.bytes(16);
        long issuedAt = in.u64(), authenticatedAt = in.u64(), ageAdd = in.u32();
        boolean earlyData = in.u8() == 1;
        byte[] psk = in.vector(1, 1).rest();
        String protocol = new String(in.vector(1, 1).rest(), StandardCharsets.US_ASCII);
        byte[] applicationData = in.vector(2, 0).rest();
        X509Certificate[] chain = Certificates.read(plain, in, 0);
        in.end();
        return new ServerTicket(suite, id, issuedAt, authenticatedAt, ageAdd, earlyData, psk, protocol, applicationData,
            chain.length == 0 ? null : chain);
    }
}
