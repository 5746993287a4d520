package mqttq.tls;

/** The chain of secrets of RFC 9846 §7.1: early, handshake, main; and what is computed from each. */
final class KeySchedule {
    private static final byte[] NONE = new byte[0];
    final CipherSuite suite;
    private byte[] secret;

    /** Starts at the Early Secret; {@code psk} null for none. */
    KeySchedule(CipherSuite suite, byte[] psk) {
        this.suite = suite;
        secret = Hkdf.extract(suite.hmac, NONE, psk != null ? psk : new byte[suite.hashLength]);
    }

    /** To the Handshake Secret, with the (EC)DHE shared secret. */
    void toHandshake(byte[] shared) { next(shared); }

    /** To the Main Secret. */
    void toMain() { next(new byte[suite.hashLength]); }

    /** Derive-Secret of the current secret. */
    byte[] derive(String label, byte[] transcriptHash) {
        return Hkdf.expandLabel(suite.hmac, secret, label, transcriptHash, suite.hashLength);
    }

    /** The binder of a resumption PSK (§4.2.11.2); while at the Early Secret. */
    byte[] binder(byte[] truncatedHelloHash) { return finished(suite, derive("res binder", emptyHash()), truncatedHelloHash); }

    /** verify_data of a Finished (§4.4.4). */
    static byte[] finished(CipherSuite suite, byte[] baseKey, byte[] transcriptHash) {
        byte[] key = Hkdf.expandLabel(suite.hmac, baseKey, "finished", NONE, suite.hashLength);
        // HKDF-Extract is HMAC(salt, ikm): the same function
        return Hkdf.extract(suite.hmac, key, transcriptHash);
    }

    /** The PSK of a ticket (§4.6.1). */
    static byte[] ticketPsk(CipherSuite suite, byte[] resumptionSecret, byte[] nonce) {
        return Hkdf.expandLabel(suite.hmac, resumptionSecret, "resumption", nonce, suite.hashLength);
    }

    private void next(byte[] ikm) { secret = Hkdf.extract(suite.hmac, derive("derived", emptyHash()), ikm); }
    private byte[] emptyHash() { return Transcript.digest(suite.hash).digest(); }
}
