package mqttq.tls;

import java.nio.ByteBuffer;
import javax.net.ssl.ExtendedSSLSession;

/**
 * TLS 1.3 for QUIC (RFC 9846 as amended by RFC 9001), client or server, for one connection: handshake bytes in and out per encryption level,
 * secrets by callback. To the JDK's key and trust managers it is an {@code SSLEngine}. One thread; no I/O, no clock.
 *
 * <p>Client: {@link #client}, maybe {@link #resume}, {@link #start}, then {@link #transmit} and {@link #receive} until {@link #isHandshakeComplete}.
 * Server: {@link #server}, {@link #receive}; {@link #localTransportParameters} at the latest in {@link Listener#onTransportParameters}.
 * After an exception the engine is dead: close the connection with {@link TlsAlertException#errorCode}.
 */
public final class QuicTlsEngine extends EngineFace {
    /** Called from inside {@link #start} and {@link #receive}. Arrays are handed over, not shared. */
    public interface Listener {
        /**
         * Traffic secrets of a level, as soon as they exist. EARLY_DATA: only the client's (the server's is null); on the server only if 0-RTT is accepted.
         * APPLICATION on the server exists once its Finished is made: it may write with it at once and read only when the handshake is complete
         * (RFC 9001 §5.7).
         */
        void onSecrets(EncryptionLevel level, CipherSuite suite, byte[] clientSecret, byte[] serverSecret) throws TlsAlertException;

        /** The peer's transport parameters, raw and not authenticated before the handshake is complete. May throw to end the connection. */
        void onTransportParameters(byte[] raw) throws TlsAlertException;

        /** Server: whether to take 0-RTT with this ticket, asked only where TLS itself could. After {@link #onTransportParameters}. */
        default boolean onEarlyData(EarlyDataOffer offer) {
            return false;
        }

        /** Client that offered 0-RTT: whether the server took it; called once, at the latest before {@link #onHandshakeComplete}. */
        default void onEarlyDataDecision(boolean accepted) { }

        /** Both Finished verified (RFC 9001 §4.1.1); the client's own is in {@link #transmit}. */
        void onHandshakeComplete() throws TlsAlertException;

        /** Client: a ticket to resume with. */
        default void onTicket(SessionTicket ticket) { }
    }

    private QuicTlsEngine(String host, int port) {
        super(host, port);
    }

    /** @param peerHost the name or address that was asked for: checked against the certificate, and sent as SNI if it is a name */
    public static QuicTlsEngine client(TlsConfig config, String peerHost, int peerPort, byte[] localTransportParameters, Listener listener) {
        throw new IllegalStateException();
    }

    public static QuicTlsEngine server(TlsConfig config, Listener listener) {
        throw new IllegalStateException();
    }

    /** Server: the raw extension 0x39 to send; at the latest inside {@link Listener#onTransportParameters}. */
    public void localTransportParameters(byte[] raw) {
    }

    /**
     * Client, before {@link #start}: offers to resume with {@code ticket}, and early data if wanted and the ticket allows it.
     * False where the ticket does not fit (expired, other host, suite or protocol, or its chain is no longer trusted): then a full handshake follows.
     */
    public boolean resume(SessionTicket ticket, boolean earlyData) {
        return false;
    }

    /** Client: makes the ClientHello (and the EARLY_DATA secret, where offered). */
    public void start() throws TlsAlertException {
    }

    /** The level of which handshake bytes are taken now; QUIC keeps those of later levels back and refuses new ones of earlier levels. */
    public EncryptionLevel receiveLevel() {
        return EncryptionLevel.INITIAL;
    }

    /** Takes handshake bytes of a level, in order and each once, cut anywhere; consumes the whole buffer. */
    public void receive(EncryptionLevel level, ByteBuffer bytes) throws TlsAlertException {
    }

    /** All handshake bytes that wait to go out at a level, handed over; null if none. */
    public byte[] transmit(EncryptionLevel level) {
        return null;
    }

    public boolean isHandshakeComplete() {
        return false;
    }

    /** The negotiated suite, null before there is one. */
    public CipherSuite cipherSuite() {
        return null;
    }

    /** Whether this handshake resumed an earlier session. */
    public boolean isResumed() {
        return false;
    }

    /** The name the client asked for by SNI, lower case, or null. */
    public String requestedServerName() {
        return null;
    }

    /**
     * Server, after the handshake: puts a NewSessionTicket into APPLICATION; false where none can be issued (no keys, client without PSK modes,
     * or its chain is too long to seal).
     * @param applicationData at most 1024 bytes that come back in {@link EarlyDataOffer}: the limits the client may count on
     */
    public boolean issueTicket(boolean earlyData, byte[] applicationData) {
        return false;
    }

    /** No more tickets will be taken or issued: drops the last secret. */
    public void forgetTickets() {
    }

    @Override public ExtendedSSLSession getSession() {
        return null;
    }
}
