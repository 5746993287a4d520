package mqttq.quic;

import java.nio.ByteBuffer;
import java.util.Arrays;
import mqttq.quic.packet.QuicVersion;
import mqttq.quic.packet.TransportParameters;
import mqttq.tls.EarlyDataOffer;
import mqttq.tls.TicketKeys;
import mqttq.tls.UsedTickets;

/** Decides whether a ticket's 0-RTT is taken. What a ticket says of its connection, sealed: version, our time of issue, our limits then. */
final class ReplayGuard {
    /** RFC 9846 §8.3: by how much the client may be wrong about a ticket's age: ms, and the share that its clock may drift by. */
    private static final long AGE_TOLERANCE = 10_000, DRIFT = 4096;
    private static final int FIXED = 4 + 8;

    private ReplayGuard() { }

    static byte[] content(QuicVersion version, long now, TransportParameters ours) {
        byte[] remembered = ours.encodeRemembered();
        return ByteBuffer.allocate(FIXED + remembered.length).putInt(version.id).putLong(now).put(remembered).array();
    }

    /** Whether a ticket was given in a connection of this version. */
    static boolean isOf(QuicVersion version, byte[] content) {
        return content.length >= FIXED && ByteBuffer.wrap(content).getInt() == version.id;
    }

    /** Whether to take 0-RTT now; if so the ticket is used up, for all that share {@code used}. */
    static boolean takes(long now, EarlyDataOffer offer, TransportParameters ours, UsedTickets used) {
        byte[] content = offer.applicationData();
        long age = now - ByteBuffer.wrap(content).getLong(4), difference = Math.abs(offer.ageMillis() - offer.claimedAgeMillis());
        if (age >= TicketKeys.EARLY_LIFE || difference > AGE_TOLERANCE + offer.ageMillis() / DRIFT) return false;
        // RFC 9000 §7.4.1: it was sent within limits that still hold, or it is refused.
        TransportParameters then = TransportParameters.parseRemembered(Arrays.copyOfRange(content, FIXED, content.length));
        return then != null && ours.allowsEarlyData(then) && used.use(now, offer.ticketId());
    }
}
