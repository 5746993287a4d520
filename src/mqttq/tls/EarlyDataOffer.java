package mqttq.tls;

/**
 * What a server knows about a client that offers 0-RTT with one of its tickets, to decide against replay and changed limits.
 *
 * @param ticketId        16 bytes, unique to the ticket: for strict single use
 * @param issuedAtMillis  wall-clock milliseconds since 1970 at which the ticket was sealed
 * @param ageMillis       the server's view of its age, in milliseconds
 * @param claimedAgeMillis the client's view of its age, in milliseconds (RFC 9846 §8.3: should be near {@code ageMillis} less a round trip)
 * @param applicationData what the server passed to {@link QuicTlsEngine#issueTicket}
 */
public record EarlyDataOffer(byte[] ticketId, long issuedAtMillis, long ageMillis, long claimedAgeMillis, byte[] applicationData) { }
